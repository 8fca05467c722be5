import Foundation
import Layer
import Runbook

/// What a manager shows under one name: one service, or all of a group.
struct ServiceState: Hashable, Sendable {
  /// False: the manager knows no such service.
  var isKnown: Bool
  /// Whether all of it is active.
  var isActive = false
  /// Whether some of a group is active, and some is not.
  var isActiveInPart = false
  /// `active (running)`, `STOPPED`; of a group `1 FATAL (workers:w1), 2 RUNNING`.
  var shown = ""
  /// `enabled`, `disabled`, `static`; nil where the manager knows no such thing; several words where a group differs.
  var enabled: String?
  /// systemd's file of the unit.
  var file: String?
  /// Tell these processes from those after a restart. Sorted.
  var processes: [String] = []
  /// How often the manager has started it by itself; nil where it does not say.
  var restarts: Int?
  /// Of a unit that runs to its end; nil: it is none.
  var oneshot: Oneshot?
  /// How many stand behind the name: none where a pattern fits no unit.
  var count = 1

  /// The last run of such a unit (`Type=oneshot`).
  struct Oneshot: Hashable, Sendable {
    /// Microseconds since the machine started; nil: systemd has forgotten it, as it does soon.
    var began: Int?
    var isRunning: Bool
    var hasFailed: Bool

    var json: JSONValue {
      ["began": began.map(JSONValue.integer) ?? .null, "isRunning": .bool(isRunning), "hasFailed": .bool(hasFailed)]
    }
  }

  /// For an observation: true, false, or `in part`.
  var activity: JSONValue { isActiveInPart ? "in part" : .bool(isActive) }

  /// What shows, against an earlier look, that it does not stay up.
  func falls(since earlier: ServiceState) -> String? {
    if earlier.isActive, !isActive { return "it was \(earlier.shown), and then \(shown)" }
    if let then = earlier.restarts, let restarts, restarts > then { return "it was started again by itself" }
    let gone = Set(earlier.processes).subtracting(processes)
    let new = Set(processes).subtracting(earlier.processes)
    if !gone.isEmpty, !new.isEmpty { return "it was \(ProcessDriver.pids(gone)), and then \(ProcessDriver.pids(new))" }
    return nil
  }
}

extension ServiceState {
  typealias Member = (name: String, state: ServiceState)

  /// A group as one: what holds for each of it. None: it is not known.
  init(of members: [Member]) {
    if members.count == 1, let only = members.first {
      self = only.state
      return
    }
    let states = members.map(\.state)
    self.init(isKnown: !states.isEmpty && states.allSatisfy(\.isKnown))
    isActive = isKnown && states.allSatisfy(\.isActive)
    isActiveInPart = !isActive && states.contains(where: \.isActive)
    shown = Self.shown(members)
    let enabled = Set(states.compactMap(\.enabled)).sorted()
    self.enabled = enabled.isEmpty ? nil : enabled.joined(separator: " ")
    processes = states.flatMap(\.processes).sorted()
    let restarts = states.compactMap(\.restarts)
    self.restarts = restarts.isEmpty ? nil : restarts.reduce(0, +)
    count = members.count
    let runs = states.compactMap(\.oneshot)
    if !runs.isEmpty, runs.count == count {
      oneshot = Oneshot(
        began: nil, isRunning: runs.contains(where: \.isRunning), hasFailed: runs.contains(where: \.hasFailed))
    }
  }

  /// `3 RUNNING`, `1 FATAL (workers:w1), 2 RUNNING`: where they differ, those that are not active have their names.
  private static func shown(_ members: [Member]) -> String {
    let groups = Dictionary(grouping: members) { $0.state.shown }
    return groups.sorted { $0.key < $1.key }.map { shown, same in
      let idle = same.filter { !$0.state.isActive }.map(\.name).sorted()
      let names = idle.prefix(3).joined(separator: ", ") + (idle.count > 3 ? ", …" : "")
      return "\(same.count) \(shown)" + (groups.count == 1 || idle.isEmpty ? "" : " (\(names))")
    }.joined(separator: ", ")
  }
}

/// A manager that gives no answer.
struct NoServiceManager: Error, CustomStringConvertible {
  var description: String
  var isMissing = false
}

/// Asks a service manager, in the effect's own place.
struct ServiceManager {
  let kind: ProcessCommand.Manager
  let options: [String]
  let effect: Effect
  let environment: StepEnvironment

  /// Throws `NoServiceManager`.
  func state(of name: String) async throws -> ServiceState {
    switch kind {
    case .systemctl: return try await systemd(name)
    case .service: return try await initScript(name)
    case .supervisorctl: return try await supervisor(name)
    case .pm2: return try await pm2(name)
    }
  }

  /// Throws `NoServiceManager`.
  func tell(_ verb: ProcessCommand.Verb, _ name: String) async throws -> CommandResult {
    try await tell(word: verb.rawValue, name)
  }

  /// In the words of a runbook. Throws `NoServiceManager`.
  func tell(word: String, _ name: String) async throws -> CommandResult {
    switch kind {
    case .systemctl: try await ask(["systemctl"] + options + [word, name])
    case .service: try await ask(["service", name, word])
    case .supervisorctl, .pm2: try await ask([kind.rawValue, word, name])
    }
  }

  private func ask(_ words: [String]) async throws -> CommandResult {
    let result: CommandResult
    do {
      result = try await environment.run(words, for: effect)
    } catch let failure as CommandFailure {
      throw NoServiceManager(description: failure.description, isMissing: failure.reason == .notFound)
    }
    guard result.status != 127 else {
      throw NoServiceManager(description: "\(words[0]) is not installed\(effect.place.suffix)", isMissing: true)
    }
    return result
  }

  private func systemd(_ name: String) async throws -> ServiceState {
    // A systemd before 235 has no NRestarts, and leaves it out.
    let properties =
      "Id,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,MainPID,ExecMainStartTimestampMonotonic,NRestarts,"
      + "Type,Result"
    let result = try await ask(["systemctl"] + options + ["show", name, "-p", properties])
    let isPattern = UnitName.isPattern(name)
    // A paragraph a unit. What other units only mention is none that a pattern reaches.
    let units = result.text.components(separatedBy: "\n\n").map(Self.values).filter {
      $0["ActiveState"] != nil && !(isPattern && $0["LoadState"] == "not-found")
    }
    // systemd forgets a unit that it has stopped: no pattern fits that any more.
    if result.status == 0, units.isEmpty, isPattern {
      return ServiceState(isKnown: true, shown: "fits no unit", count: 0)
    }
    guard result.status == 0, !units.isEmpty else {
      let said = result.errorText.split(separator: "\n").first.map { ": \($0)" } ?? ""
      throw NoServiceManager(description: "systemd does not answer\(effect.place.suffix)\(said)")
    }
    return ServiceState(of: units.map { (name: UnitName.short($0["Id"] ?? name), state: Self.described(by: $0)) })
  }

  private static func values(_ paragraph: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in paragraph.split(separator: "\n") {
      guard let mark = line.firstIndex(of: "=") else { continue }
      values[String(line[..<mark])] = String(line[line.index(after: mark)...])
    }
    return values
  }

  private static func described(by unit: [String: String]) -> ServiceState {
    let active = unit["ActiveState"] ?? "?"
    let pid = unit["MainPID"] ?? "0"
    let began = unit["ExecMainStartTimestampMonotonic"] ?? ""
    let isOneshot = unit["Type"] == "oneshot"
    var state = ServiceState(
      isKnown: unit["LoadState"] != "not-found", isActive: active == "active" || active == "reloading",
      shown: "\(active) (\(unit["SubState"] ?? "?"))",
      enabled: unit["UnitFileState"].flatMap { $0.isEmpty ? nil : $0 }, file: unit["FragmentPath"],
      // Those of a oneshot come and go.
      processes: pid == "0" || isOneshot ? [] : ["\(pid)@\(began)"], restarts: unit["NRestarts"].flatMap { Int($0) })
    if isOneshot {
      state.oneshot = ServiceState.Oneshot(
        began: Int(began).flatMap { $0 > 0 ? $0 : nil }, isRunning: active == "activating" || active == "deactivating",
        hasFailed: active == "failed" || (unit["Result"] ?? "success") != "success")
    }
    return state
  }

  /// `service` asks systemd where there is one, else the script of the name.
  private func initScript(_ name: String) async throws -> ServiceState {
    if let state = try? await systemd(name) { return state }
    guard try await ask(["test", "-e", "/etc/init.d/\(name)"]).status == 0 else {
      _ = try await ask(["service", "--version"])
      return ServiceState(isKnown: false)
    }
    let status = try await ask(["service", name, "status"]).status
    return ServiceState(isKnown: true, isActive: status == 0, shown: status == 0 ? "running" : "not running")
  }

  private func supervisor(_ name: String) async throws -> ServiceState {
    let result = try await ask(["supervisorctl", "status", name])
    let lines = result.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let members = lines.compactMap(Self.supervised)
    if !members.isEmpty { return ServiceState(of: members) }
    // Of `workers:*` it says that there is no `workers`.
    let names = [name, name.split(separator: ":").first.map(String.init) ?? name].map { "\($0):" }
    if lines.contains(where: { names.contains($0.first ?? "") && $0.dropFirst().first == "ERROR" }) {
      return ServiceState(isKnown: false)
    }
    throw NoServiceManager(description: "supervisord does not answer: \(result.trimmed.prefix(120))")
  }

  /// `workers:w0  RUNNING  pid 12, uptime 0:00:01`.
  private static func supervised(_ words: [String]) -> ServiceState.Member? {
    let states = ["STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"]
    guard words.count > 1, states.contains(words[1]) else { return nil }
    let pid = words.firstIndex(of: "pid").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
    let state = ServiceState(
      isKnown: true, isActive: words[1] == "RUNNING", shown: words[1],
      processes: pid.map { [$0.trimmingCharacters(in: CharacterSet(charactersIn: ","))] } ?? [])
    return (name: words[0], state: state)
  }

  private func pm2(_ name: String) async throws -> ServiceState {
    let result = try await ask(["pm2", "jlist"])
    let json = result.text.split(separator: "\n").last { $0.hasPrefix("[") }
    guard result.status == 0, let json, let list = try? JSONValue(parsing: String(json)).arrayValue else {
      throw NoServiceManager(description: "pm2 does not answer: exit \(result.status)")
    }
    // In cluster mode one name has several processes.
    let entries = list.filter { $0["name"]?.stringValue == name || $0["pm_id"]?.plainText == name }
    return ServiceState(of: entries.map(Self.managed))
  }

  private static func managed(_ entry: JSONValue) -> ServiceState.Member {
    let status = entry.member(at: "pm2_env.status")?.stringValue ?? "?"
    let pid = entry["pid"]?.plainText ?? "0"
    let restarts = entry.member(at: "pm2_env.restart_time")?.plainText ?? ""
    let state = ServiceState(
      isKnown: true, isActive: status == "online", shown: status, processes: pid == "0" ? [] : ["\(pid)@\(restarts)"])
    return (name: "id \(entry["pm_id"]?.plainText ?? "?")", state: state)
  }
}
