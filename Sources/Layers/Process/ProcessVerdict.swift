import Layer
import Runbook

extension ProcessDriver {
  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let command = try? effect.processParameters().command else {
      return .unproven("the effect's parameters cannot be read")
    }
    if command.verb == .status {
      guard let outcome else { return .unproven("the answer was not seen") }
      return outcome.succeeded
        ? .unproven("exit \(outcome.exitStatus ?? 0), nothing was observed") : .refuted(outcome.summary)
    }
    guard after.isObserved else {
      if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
      return .unproven(after.summary)
    }
    switch command.subject {
    case .units: return Self.serviceVerdict(command, before, after, outcome)
    case .started: return Self.startVerdict(command, before, after, outcome)
    case .pids, .named: return Self.signalVerdict(command, before, after, outcome)
    }
  }

  /// Whether the services are as the verb wants them, whatever was before.
  static func isAsWanted(_ command: ProcessCommand, _ observation: Observation) -> Bool {
    command.targets.allSatisfy { target in
      guard let state = observation.states[target] else { return false }
      let isActive = state["active"] == true
      let enabled = state["enabled"]?.stringValue ?? ""
      switch command.verb {
      case .start, .restart, .reload: return isActive
      case .stop: return !isActive
      case .enable: return enabled.hasPrefix("enabled") && (!command.now || isActive)
      case .disable: return !enabled.hasPrefix("enabled") && (!command.now || !isActive)
      case .mask: return enabled == "masked" && (!command.now || !isActive)
      case .unmask: return !enabled.hasPrefix("masked")
      case .status, .signal: return true
      }
    }
  }

  private static func serviceVerdict(
    _ command: ProcessCommand, _ before: Observation, _ after: Observation, _ outcome: Outcome?
  ) -> Verdict {
    for target in command.targets where after.states[target]?["known"] == false { return .refuted(after.summary) }
    for target in command.targets {
      guard let why = after.states[target]?["falls"]?.stringValue else { continue }
      return .refuted("\(after.summary): it does not stay up, \(why)")
    }
    guard isAsWanted(command, after) else { return .refuted(after.summary) }
    if command.verb == .reload {
      return .unproven("\(after.summary); whether it read its settings again cannot be seen")
    }
    guard command.verb == .restart else { return .proven(after.summary) }
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    for target in command.targets {
      let then = before.states[target]
      guard let process = after.states[target]?["process"]?.stringValue else {
        return .unproven("\(after.summary); which process it is cannot be seen")
      }
      guard before.isObserved else { return .unproven("\(after.summary); before it was not observed") }
      if then?["process"]?.stringValue == process {
        return .refuted("\(after.summary), still the process from before: it was not restarted")
      }
    }
    return .proven("\(after.summary), as a new process")
  }

  private static func identities(_ observation: Observation, _ name: String) -> Set<String> {
    var found: Set<String> = []
    for state in observation.states.values { found.formUnion(state[name]?.arrayValue?.compactMap(\.stringValue) ?? []) }
    return found
  }

  private static func pids(_ identities: Set<String>) -> String {
    identities.compactMap { $0.split(separator: "@").first.flatMap { Int($0) } }.sorted().map { "pid \($0)" }
      .joined(separator: ", ")
  }

  private static func startVerdict(
    _ command: ProcessCommand, _ before: Observation, _ after: Observation, _ outcome: Outcome?
  ) -> Verdict {
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    let new = identities(after, "running").subtracting(identities(before, "running"))
    if !new.isEmpty { return .proven("runs as \(pids(new))") }
    // A launcher hands over to another program.
    let alike = identities(after, "alike").subtracting(identities(before, "alike"))
    // Its exit status is the shell's, which started it and did not wait: a job that is done, and a server that fell over,
    // look alike. A check of its own proves it.
    return .unproven(
      alike.isEmpty
        ? "it does not run: it ended, and whether well is not known"
        : "\(pids(alike)) runs and may be it, with another command line")
  }

  private static func signalVerdict(
    _ command: ProcessCommand, _ before: Observation, _ after: Observation, _ outcome: Outcome?
  ) -> Verdict {
    guard command.ends else {
      if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
      return .unproven("\(command.signal) was sent; what it did cannot be seen")
    }
    let then = identities(before, "running")
    let now = identities(after, "running")
    let alike = identities(after, "alike")
    if !then.isDisjoint(with: now) { return .refuted("\(pids(then.intersection(now))) still runs") }
    if !now.isEmpty { return .refuted("it runs again as \(pids(now)): something starts it") }
    if !alike.isEmpty {
      return .refuted("\(pids(alike)) has the name in its command line, is not named so, and still runs")
    }
    return then.isEmpty ? .unproven("no such process was there: nothing was ended") : .proven("\(pids(then)) ended")
  }
}
