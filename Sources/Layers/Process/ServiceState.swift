import Foundation
import Layer
import Runbook

/// One service as its manager shows it.
struct ServiceState: Hashable, Sendable {
  /// False: the manager knows no such service.
  var isKnown: Bool
  var isActive = false
  /// `active (running)`, `STOPPED`.
  var shown = ""
  /// `enabled`, `disabled`, `static`; nil where the manager knows no such thing.
  var enabled: String?
  /// systemd's file of the unit.
  var file: String?
  /// Tells this process from the one after a restart.
  var process: String?
  /// How often the manager has started it by itself; nil where it does not say.
  var restarts: Int?

  /// What shows, against an earlier look, that it does not stay up.
  func falls(since earlier: ServiceState) -> String? {
    func pid(_ state: ServiceState) -> Substring? { state.process?.split(separator: "@").first }
    if earlier.isActive, !isActive { return "it was \(earlier.shown), and then \(shown)" }
    if let then = earlier.restarts, let restarts, restarts > then { return "it was started again by itself" }
    if let then = pid(earlier), let now = pid(self), earlier.process != process {
      return "it was pid \(then), and then pid \(now)"
    }
    return nil
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
      "LoadState,ActiveState,SubState,UnitFileState,FragmentPath,MainPID,ExecMainStartTimestampMonotonic,NRestarts"
    let result = try await ask(["systemctl"] + options + ["show", name, "-p", properties])
    var values: [String: String] = [:]
    for line in result.text.split(separator: "\n") {
      guard let mark = line.firstIndex(of: "=") else { continue }
      values[String(line[..<mark])] = String(line[line.index(after: mark)...])
    }
    guard result.status == 0, let active = values["ActiveState"] else {
      let said = result.errorText.split(separator: "\n").first.map { ": \($0)" } ?? ""
      throw NoServiceManager(description: "systemd does not answer\(effect.place.suffix)\(said)")
    }
    let pid = values["MainPID"] ?? "0"
    return ServiceState(
      isKnown: values["LoadState"] != "not-found", isActive: active == "active" || active == "reloading",
      shown: "\(active) (\(values["SubState"] ?? "?"))",
      enabled: values["UnitFileState"].flatMap { $0.isEmpty ? nil : $0 }, file: values["FragmentPath"],
      process: pid == "0" ? nil : "\(pid)@\(values["ExecMainStartTimestampMonotonic"] ?? "")",
      restarts: values["NRestarts"].flatMap { Int($0) })
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
    let states = ["STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"]
    let lines = result.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    if let words = lines.first(where: { $0.count > 1 && states.contains($0[1]) }) {
      let pid = words.firstIndex(of: "pid").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
      return ServiceState(
        isKnown: true, isActive: words[1] == "RUNNING", shown: words[1],
        process: pid?.trimmingCharacters(in: CharacterSet(charactersIn: ",")))
    }
    if lines.contains(where: { $0.first == "\(name):" && $0.dropFirst().first == "ERROR" }) {
      return ServiceState(isKnown: false)
    }
    throw NoServiceManager(description: "supervisord does not answer: \(result.trimmed.prefix(120))")
  }

  private func pm2(_ name: String) async throws -> ServiceState {
    let result = try await ask(["pm2", "jlist"])
    let json = result.text.split(separator: "\n").last { $0.hasPrefix("[") }
    guard result.status == 0, let json, let list = try? JSONValue(parsing: String(json)).arrayValue else {
      throw NoServiceManager(description: "pm2 does not answer: exit \(result.status)")
    }
    guard let entry = list.first(where: { $0["name"]?.stringValue == name || $0["pm_id"]?.plainText == name }) else {
      return ServiceState(isKnown: false)
    }
    let status = entry.member(at: "pm2_env.status")?.stringValue ?? "?"
    let pid = entry["pid"]?.plainText ?? "0"
    let restarts = entry.member(at: "pm2_env.restart_time")?.plainText ?? ""
    return ServiceState(
      isKnown: true, isActive: status == "online", shown: status, process: pid == "0" ? nil : "\(pid)@\(restarts)")
  }
}
