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
    command.targets.allSatisfy { target in observation.states[target].map { isAsWanted(command, $0) } ?? false }
  }

  private static func isAsWanted(_ command: ProcessCommand, _ state: JSONValue) -> Bool {
    // Of a group that runs in part neither is so.
    let isActive = state["active"] == true
    let isInactive = state["active"] == false
    let enabled = (state["enabled"]?.stringValue ?? "").split(separator: " ")
    switch command.verb {
    case .start, .restart, .reload: return isActive
    case .stop: return isInactive
    case .enable:
      return !enabled.isEmpty && enabled.allSatisfy { $0.hasPrefix("enabled") } && (!command.now || isActive)
    case .disable: return !enabled.contains { $0.hasPrefix("enabled") } && (!command.now || isInactive)
    case .mask: return enabled == ["masked"] && (!command.now || isInactive)
    case .unmask: return !enabled.contains { $0.hasPrefix("masked") }
    case .status, .signal: return true
    }
  }

  private static func serviceVerdict(
    _ command: ProcessCommand, _ before: Observation, _ after: Observation, _ outcome: Outcome?
  ) -> Verdict {
    let verdicts = command.targets.map { serviceVerdict(of: $0, command, before, after) }
    for case .refuted(let why) in verdicts { return .refuted(why) }
    if command.verb == .restart, let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    for case .unproven(let why) in verdicts { return .unproven(why) }
    return verdicts.first ?? .unproven(after.summary)
  }

  private static func serviceVerdict(
    of target: String, _ command: ProcessCommand, _ before: Observation, _ after: Observation
  ) -> Verdict {
    let seen = after.summary
    guard let now = after.states[target], now["known"] != false else { return .refuted(seen) }
    if let why = now["falls"]?.stringValue { return .refuted("\(seen): it does not stay up, \(why)") }
    guard isAsWanted(command, now) else { return .refuted(seen) }
    switch command.verb {
    case .reload: return .unproven("\(seen); whether it read its settings again cannot be seen")
    case .restart: return restartVerdict(of: target, before, after)
    default: return .proven(seen)
    }
  }

  /// Of a group each process must be a new one.
  private static func restartVerdict(of target: String, _ before: Observation, _ after: Observation) -> Verdict {
    let seen = after.summary
    let then = processes(before.states[target])
    let now = processes(after.states[target])
    if now.isEmpty { return .unproven("\(seen); which process it is cannot be seen") }
    guard before.isObserved else { return .unproven("\(seen); before it was not observed") }
    let old = now.intersection(then)
    if !old.isEmpty {
      let which = then.count == 1 ? "the process" : pids(old)
      return .refuted("\(seen), still \(which) from before: it was not restarted")
    }
    if now.count < then.count {
      return .refuted("\(seen): of \(then.count) processes before, \(now.count) came again")
    }
    return .proven("\(seen), as \(now.count == 1 ? "a new process" : "new processes")")
  }

  /// The identities of a service's processes.
  static func processes(_ state: JSONValue?) -> Set<String> {
    Set((state?["process"]?.stringValue ?? "").split(separator: " ").map(String.init))
  }

  static func identities(_ observation: Observation, _ name: String) -> Set<String> {
    var found: Set<String> = []
    for state in observation.states.values { found.formUnion(state[name]?.arrayValue?.compactMap(\.stringValue) ?? []) }
    return found
  }

  static func pids(_ identities: Set<String>) -> String {
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
