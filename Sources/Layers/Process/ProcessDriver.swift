import Foundation
import Layer
import Runbook

/// Services and processes: what starts, stops, restarts or signals them.
public struct ProcessDriver: LayerDriver {
  public let id = "process"
  // pm2 starts its daemon whatever it is asked.
  public let tools: [String: [String]] = [
    "systemctl": ["--version"], "service": ["--version"], "supervisorctl": ["version"], "pm2": [],
    "pkill": ["--version"], "killall": ["--version"],
  ]

  public init() {}

  // MARK: Recognising

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action, let process = ProcessCommand(command, in: context) else { return nil }
    let parameters = ProcessParameters(
      command: process, needs: CommandNeeds(command, in: context), hasUndo: context.binding?.undo != nil)
    guard let encoded = try? JSONValue(encoding: parameters) else { return nil }
    var effect = Effect(
      driver: id, layer: .process, role: process.verb == .status ? .observe : .change,
      summary: parameters.summary(command.words.map(\.valueOrText)), place: command.place,
      directory: context.directory, targets: process.targets, parameters: encoded,
      reversibility: parameters.reversibility, isDestructive: process.verb == .signal && process.ends,
      isRepeatable: context.binding?.repeatable ?? parameters.isRepeatable)
    // What a restart made take effect, another one must take back, once the rest is as before.
    if process.isDoneAgain { effect.undoneLast = true }
    return effect
  }

  // MARK: Observing

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let command = try effect.processParameters().command
    if let name = command.missing.first { return .notObserved("\(name) has no value yet") }
    do {
      switch command.subject {
      case .units(let kind, let names, let options):
        if command.verb == .status { return Observation(summary: "it only looks") }
        let manager = ServiceManager(kind: kind, options: options, effect: effect, environment: environment)
        return try await Self.services(names, command, manager)
      case .pids, .named, .started:
        if command.verb == .status { return Observation(summary: "it only looks") }
        // It takes a moment until it runs, and one until it has fallen over.
        if command.wantsRunning, environment.isVerifying { try await Task.sleep(for: environment.watch) }
        let found = try await FoundProcesses(command, effect, in: environment)
        return found.observation(of: command, isHere: effect.place.isThisMachine)
      }
    } catch let failure as NoServiceManager {
      return .notObserved(failure.description)
    } catch let failure as NoProcessTable {
      return .notObserved(failure.description)
    } catch let failure as CommandFailure {
      return .notObserved(failure.description)
    }
  }

  private static func services(
    _ names: [String], _ command: ProcessCommand, _ manager: ServiceManager
  ) async throws -> Observation {
    var states: [String: JSONValue] = [:]
    var shown: [String] = []
    let look = try await ServiceLook(at: names, of: command, by: manager)
    for (name, service) in look.services {
      let target = command.target(of: name)
      // Only what the verb is about: a start brings another process than the one that was stopped.
      var state: [String: JSONValue] = ["known": .bool(service.isKnown)]
      let setsEnabled = command.verb.setsEnabled
      if setsEnabled { state["enabled"] = service.enabled.map(JSONValue.string) ?? .null }
      if !setsEnabled || command.now { state["active"] = service.activity }
      if command.isDoneAgain {
        state["process"] = service.processes.isEmpty ? .null : .string(service.processes.joined(separator: " "))
      }
      if let why = look.falls[name] { state["falls"] = .string(why) }
      // When it ran is no part of the state: it is inactive before and after.
      if command.wantsRunning, let run = service.oneshot {
        states["wanted \(target)"] = .object(["oneshot": run.json])
      }
      states[target] = .object(state)
      let enabled = setsEnabled ? ", \(service.enabled ?? "not enabled")" : ""
      shown.append(service.isKnown ? "\(name) \(service.shown)\(enabled)" : "\(name) is not known")
    }
    return Observation(states: states, summary: shown.joined(separator: "; "))
  }

  // MARK: Forecast

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let parameters = try effect.processParameters()
    let command = parameters.command
    var forecast = Forecast(from: before.summary, to: Self.wanted(by: command))
    if command.stops { forecast.ends = command.targets }
    switch command.subject {
    case .units(let kind, let names, let options):
      let manager = ServiceManager(kind: kind, options: options, effect: effect, environment: environment)
      forecast.problems = try await Self.problems(of: names, command, manager, effect)
      if command.verb != .status, before.isObserved, Self.isAsWanted(command, before), !command.isDoneAgain {
        forecast.note = "already as wanted"
      }
      let idle = command.targets.filter { before.states[$0]?["active"] == false }
      if command.leavesStopped, !idle.isEmpty {
        forecast.note = "\(command.word ?? "it") starts nothing that does not run: \(before.summary)"
      } else if command.wantsRunning, idle.contains(where: { Self.oneshot($0, before) != nil }) {
        forecast.reversibility = .partial("it runs to its end; what it does meanwhile stays")
      }
    case .started:
      forecast.problems = try await parameters.needs.problems(of: effect, in: environment)
    case .pids, .named:
      guard before.isObserved else {
        forecast.problems = [Problem(code: "not-observed", severity: .warning, message: before.summary)]
        break
      }
      forecast.problems = try await Self.noOps(command, effect, in: environment)
    }
    return forecast
  }

  private static func problems(
    of names: [String], _ command: ProcessCommand, _ manager: ServiceManager, _ effect: Effect
  ) async throws -> [Problem] {
    let severity: Problem.Severity = command.verb == .status ? .warning : .error
    do {
      var problems: [Problem] = []
      for name in names {
        let state = try await manager.state(of: name)
        if state.isKnown, state.count > 0 { continue }
        // What fits a pattern and is stopped already is forgotten.
        let isStopped = state.isKnown && command.stops
        problems.append(
          Problem(
            code: "service-unknown", severity: isStopped ? .warning : severity,
            message: "\(manager.kind.rawValue)\(effect.place.suffix) knows no service \(name)"))
      }
      return problems
    } catch let failure as NoServiceManager {
      let code = failure.isMissing ? "tool-missing" : "not-observed"
      return [Problem(code: code, severity: severity, message: "\(failure.description), for \(effect.summary)")]
    }
  }

  /// A name or a number that no process has.
  private static func noOps(
    _ command: ProcessCommand, _ effect: Effect, in environment: StepEnvironment
  ) async throws -> [Problem] {
    let found = try await FoundProcesses(command, effect, in: environment)
    guard found.matching.isEmpty else { return [] }
    switch command.subject {
    case .pids(let pids):
      let list = pids.map(String.init).joined(separator: ", ")
      return [
        Problem(
          code: "no-op", severity: .question, message: "no process has the number \(list): nothing is stopped. Go on?")
      ]
    case .named(let names, let wholeLine):
      let list = names.joined(separator: ", ")
      guard let other = found.alike.first else {
        let what = wholeLine ? "has \(list) in its command line" : "is named \(list)"
        return [
          Problem(code: "no-op", severity: .question, message: "no process \(what): nothing is stopped. Go on?")
        ]
      }
      let line = environment.redactor.redact(other.line)
      let shown = line.count > 100 ? line.prefix(99) + "…" : line
      return [
        Problem(
          code: "no-op",
          message:
            "no process is named \(list); \(shown) (pid \(other.pid)) has it in its command line: pkill -f \(ShellQuoting.quoted(names[0]))"
        )
      ]
    default: return []
    }
  }

  private static func wanted(by command: ProcessCommand) -> String {
    switch command.verb {
    case .start: "running"
    case .stop: "stopped"
    case .restart: "running, as a new process"
    case .reload: "its settings read again"
    case .reloadOrRestart: "its settings read again, or running as a new process"
    case .enable: command.now ? "enabled and running" : "enabled"
    case .disable: command.now ? "disabled and stopped" : "disabled"
    case .mask: command.now ? "masked and stopped: nothing can start it" : "masked: nothing can start it"
    case .unmask: "not masked"
    case .status: "it only looks"
    case .signal: command.ends ? "ended" : "sent \(command.signal)"
    }
  }

  // MARK: Keeping

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    BeforeImage(
      driver: id, facts: .object(before.states),
      summary: before.isObserved ? "which of them run: \(before.summary)" : "nothing: \(before.summary)")
  }

  // MARK: Probing

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    let command = try effect.processParameters().command
    if command.verb == .status { return .notHappened("it only looks") }
    var environment = environment
    environment.isVerifying = true
    let now = try await observe(effect, in: environment)
    guard now.isObserved, before.isObserved else { return .undetermined(now.summary) }
    // Of the units that run to their end; nil: when one ran is not known.
    let runs = command.targets.filter { Self.oneshot($0, now) != nil }.map { Self.ranAgain($0, before, now) }
    let isSame = now.isSameState(as: before) && !runs.contains(true)
    // A reload, a signal that ends nothing, or a program that ended by itself leaves no trace.
    if command.verb == .reload || command.verb == .signal && !command.ends { return .undetermined(now.summary) }
    if case .started = command.subject, isSame { return .undetermined("it does not run: it may have ended by itself") }
    if isSame, command.verb == .reloadOrRestart || runs.contains(nil) { return .undetermined(now.summary) }
    if isSame { return .notHappened("as before: \(now.summary)") }
    if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) { return .happened(why) }
    return .undetermined(now.summary)
  }

  // MARK: Quarantine

  public func quarantines(
    after changes: [QuarantineChange], in environment: StepEnvironment
  ) async throws -> [QuarantineOffer] {
    try await ServiceQuarantine(driver: id, changes: changes, environment: environment).offers()
  }

  // MARK: Undoing

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    try await ProcessUndo(effect: effect, environment: environment, driver: self, answer: answer)
      .undo(before: before, after: after)
  }
}

/// The driver's own understanding of one command.
struct ProcessParameters: Codable, Hashable, Sendable {
  var command: ProcessCommand
  var needs: CommandNeeds
  var hasUndo: Bool

  func summary(_ words: [String]) -> String {
    let text = words.joined(separator: " ") + (isBackground ? " &" : "")
    return text.count > 100 ? text.prefix(99) + "…" : text
  }

  private var isBackground: Bool { if case .started = command.subject { true } else { false } }

  var isRepeatable: Bool {
    switch command.verb {
    case .start: !isBackground
    case .stop, .enable, .disable, .mask, .unmask, .status, .restart, .reload, .reloadOrRestart: true
    case .signal: false
    }
  }

  var reversibility: Reversibility {
    switch command.verb {
    case .status: return .exact
    case .start where isBackground: return .partial("it is ended again; what it did meanwhile stays")
    case .start, .stop, .enable, .disable, .mask, .unmask: return .exact
    case .restart, .reload, .reloadOrRestart:
      return .partial(
        "the \(command.verb.rawValue) is done again, after all else was put back; what did not run is stopped")
    case .signal:
      if hasUndo { return .partial("by the declared undo command") }
      return command.ends
        ? .none("a process that was killed cannot be brought back") : .partial("a signal cannot be taken back")
    }
  }
}

extension ProcessCommand {
  var targets: [String] {
    switch subject {
    case .units(_, let names, _): names.map(target(of:))
    case .pids(let pids): pids.map { "pid:\($0)" }
    case .named(let names, _): names.map { "process:\($0)" }
    case .started(let words): ["process:\(words.joined(separator: " "))"]
    }
  }

  /// `service:app` of `app` and of `app.service`, which are one to systemd.
  func target(of name: String) -> String {
    switch subject {
    case .units(.systemctl, _, _), .units(.service, _, _): "service:\(UnitName.short(name))"
    default: "service:\(name)"
    }
  }
}

extension Effect {
  /// Throws `DecodingError` where the effect is not this driver's.
  func processParameters() throws -> ProcessParameters { try parameters.decoded() }
}

/// The processes that a command is about, now.
struct FoundProcesses {
  var matching: [RunningProcess]
  /// Those that only have the name in their command line; of what was started, those that it may have become.
  var alike: [RunningProcess] = []

  init(_ command: ProcessCommand, _ effect: Effect, in environment: StepEnvironment) async throws {
    let table = try await ProcessTable(of: effect, in: environment)
    switch command.subject {
    case .units: matching = []
    case .pids(let pids): matching = table.processes.filter { pids.contains($0.pid) }
    case .named(let names, let wholeLine):
      matching = table.matching(names, wholeLine: wholeLine, isExact: command.isExactName)
      if !wholeLine { alike = table.alike(names, except: matching) }
    case .started(let words):
      matching = table.running(words)
      let left = effect.place.isThisMachine ? environment.leftInBackground : []
      alike = table.named(ProcessTable.name(of: words), or: left, except: matching)
    }
  }

  func observation(of command: ProcessCommand, isHere: Bool) -> Observation {
    let target = command.targets.joined(separator: " ")
    var state: [String: JSONValue] = ["running": .array(matching.map { .string($0.identity) })]
    var states: [String: JSONValue] = [:]
    if !alike.isEmpty {
      let list = JSONValue.array(alike.map { .string($0.identity) })
      if case .started = command.subject {
        // Others of the name come and go: they are no part of the state.
        states["wanted \(target)"] = ["alike": list]
      } else {
        state["alike"] = list
      }
    }
    states[target] = .object(state)
    guard !matching.isEmpty else { return Observation(states: states, summary: "no such process") }
    let pids = matching.prefix(5).map { "pid \($0.pid)" }.joined(separator: ", ")
    let more = matching.count > 5 ? " and \(matching.count - 5) more" : ""
    let ports = isHere ? ProcessTable.listeningPorts(of: matching) : []
    let listening = ports.isEmpty ? "" : ", listening on \(ports.map(String.init).joined(separator: ", "))"
    return Observation(states: states, summary: pids + more + listening)
  }
}
