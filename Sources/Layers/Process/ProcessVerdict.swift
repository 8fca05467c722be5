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
    switch command.verb {
    case .start, .restart, .reload, .reloadOrRestart: return isActive
    case .stop: return isInactive
    case .enable: return isEnabled(state) && (!command.now || isActive)
    case .disable: return !enabled(state).contains { $0.hasPrefix("enabled") } && (!command.now || isInactive)
    case .mask: return enabled(state) == ["masked"] && (!command.now || isInactive)
    case .unmask: return !enabled(state).contains { $0.hasPrefix("masked") }
    case .status, .signal: return true
    }
  }

  private static func isEnabled(_ state: JSONValue) -> Bool {
    let words = enabled(state)
    return !words.isEmpty && words.allSatisfy { $0.hasPrefix("enabled") }
  }

  private static func enabled(_ state: JSONValue) -> [Substring] {
    (state["enabled"]?.stringValue ?? "").split(separator: " ")
  }

  private static func serviceVerdict(
    _ command: ProcessCommand, _ before: Observation, _ after: Observation, _ outcome: Outcome?
  ) -> Verdict {
    let verdicts = command.targets.map { serviceVerdict(of: $0, command, before, after) }
    for case .refuted(let why) in verdicts { return .refuted(why) }
    let failed: Verdict? = outcome.flatMap { $0.succeeded ? nil : Verdict.refuted($0.summary) }
    for case .unproven(let why) in verdicts { return failed ?? .unproven(why) }
    if command.isDoneAgain, let failed { return failed }
    return verdicts.first ?? .unproven(after.summary)
  }

  private static func serviceVerdict(
    of target: String, _ command: ProcessCommand, _ before: Observation, _ after: Observation
  ) -> Verdict {
    let seen = after.summary
    guard let now = after.states[target], now["known"] != false else { return .refuted(seen) }
    if let why = now["falls"]?.stringValue { return .refuted("\(seen): it does not stay up, \(why)") }
    if command.leavesStopped, now["active"] == false, before.states[target].map({ $0["active"] == false }) ?? true {
      return .unproven("\(seen): \(command.word ?? "it") starts nothing that does not run")
    }
    if command.wantsRunning, command.verb != .reload, now["active"] == false, let run = oneshot(target, after),
      run["hasFailed"] != true
    {
      if command.verb == .enable, !isEnabled(now) { return .refuted(seen) }
      if run["isRunning"] == true { return .unproven("\(seen): it has not ended yet") }
      return ranAgain(target, before, after) == true
        ? .proven("\(seen): it ran to its end")
        : .unproven("\(seen): it has not failed; whether it ran cannot be seen")
    }
    guard isAsWanted(command, now) else { return .refuted(seen) }
    switch command.verb {
    case .reload: return .unproven("\(seen); whether it read its settings again cannot be seen")
    case .restart, .reloadOrRestart: return newProcessVerdict(of: target, command.verb, before, after)
    default: return .proven(seen)
    }
  }

  /// Of a group each process must be a new one. What may have been reloaded may be the old one.
  private static func newProcessVerdict(
    of target: String, _ verb: ProcessCommand.Verb, _ before: Observation, _ after: Observation
  ) -> Verdict {
    let seen = after.summary
    let then = processes(before.states[target])
    let now = processes(after.states[target])
    if now.isEmpty {
      return ranAgain(target, before, after) == true
        ? .proven("\(seen): it ran again") : .unproven("\(seen); which process it is cannot be seen")
    }
    guard before.isObserved else { return .unproven("\(seen); before it was not observed") }
    let old = now.intersection(then)
    if !old.isEmpty {
      let same = "\(seen), still \(then.count == 1 ? "the process" : pids(old)) from before"
      return verb == .reloadOrRestart
        ? .unproven("\(same); whether it read its settings again cannot be seen")
        : .refuted("\(same): it was not restarted")
    }
    if now.count < then.count {
      return .refuted("\(seen): of \(then.count) processes before, \(now.count) came again")
    }
    return .proven("\(seen), as \(now.count == 1 ? "a new process" : "new processes")")
  }

  /// The last run of a unit that runs to its end.
  static func oneshot(_ target: String, _ observation: Observation) -> JSONValue? {
    observation.states["wanted \(target)"]?["oneshot"]
  }

  /// Whether such a unit ran between two looks; nil: it is none, or when it ran is not known.
  static func ranAgain(_ target: String, _ before: Observation, _ after: Observation) -> Bool? {
    guard before.isObserved, let began = oneshot(target, after)?["began"]?.integerValue else { return nil }
    return began > oneshot(target, before)?["began"]?.integerValue ?? 0
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
