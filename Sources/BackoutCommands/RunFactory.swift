import Engine
import Foundation
import Journal
import Layer
import Planning
import Runbook
import RunbookReading
import SessionHost
import Synchronization

/// Everything that a verb about a run stands on: the home folder, the journal, the key.
struct Station: Sendable {
  var home: HomeFolder
  var journal: SQLiteJournal
  var clock = SystemInstants()
  var variables: [String: String]
  var operatorName: String
  private var faultTarget: FaultTarget

  /// Opens what is there; makes the home folder on first use. Throws `Failure`.
  static func open() throws -> Station {
    let variables = ProcessInfo.processInfo.environment
    do {
      let home = try HomeFolder(environment: variables)
      try home.create()
      let target = FaultTarget()
      let faults = FaultInjector.fromEnvironment(role: .tool, other: { target.hostPid })
      let journal = try SQLiteJournal.open(at: home.journal, clock: SystemInstants(), faults: faults)
      return Station(
        home: home, journal: journal, variables: variables,
        operatorName: variables["BACKOUT_OPERATOR"] ?? variables["SUDO_USER"] ?? variables["USER"] ?? NSUserName(),
        faultTarget: target)
    } catch {
      throw Failure.of(error)
    }
  }

  var key: SealingKey {
    get throws {
      guard let key = try SealingKey.load(environment: variables, home: home) else {
        throw Failure(.internalError, "There is no key, and none was made.")
      }
      return key
    }
  }

  // MARK: Which run

  /// The run that a verb means: by a unique prefix, else the service's one unfinished run, else its latest.
  func run(_ prefix: String?, service: String? = nil) async throws -> RunSummary {
    if let prefix {
      let found = try await journal.runs(matching: prefix)
      if found.count == 1 { return found[0] }
      if found.isEmpty {
        throw Failure(.badInput, "No run's id begins with \(prefix).", next: "backout history lists the runs")
      }
      throw Failure(
        .badInput, "\(prefix) fits several runs: \(found.map(\.run.text).joined(separator: ", ")).",
        next: "type more of the id")
    }
    let service = try await self.service(service)
    let recent = try await journal.runs(service: service, limit: 50, offset: 0)
    let unfinished = recent.filter { !$0.isFinished }
    if unfinished.count == 1 { return unfinished[0] }
    guard let latest = unfinished.first ?? recent.first else {
      throw Failure(.badInput, "There is no run yet.", next: "backout plan RUNBOOK, then backout run RUNBOOK")
    }
    return latest
  }

  /// The service of this folder where it has runs; else nil, which means all.
  private func service(_ named: String?) async throws -> String? {
    if let named { return named }
    let here = FileManager.default.currentDirectoryPath
    let candidates = [
      (try? Workspace.load(runbook: nil))?.service, Self.serviceOfBindings(in: here),
      Workspace.gitRoot(of: here).map { ($0 as NSString).lastPathComponent },
    ].compactMap { $0 }
    for candidate in candidates where try await !journal.runs(service: candidate, limit: 1, offset: 0).isEmpty {
      return candidate
    }
    return nil
  }

  private static func serviceOfBindings(in folder: String) -> String? {
    let root = Workspace.gitRoot(of: folder) ?? folder
    for path in ["\(folder)/backout.yaml", "\(root)/backout.yaml"] {
      if let data = FileManager.default.contents(atPath: path),
        let service = try? BindingsReader.read(String(decoding: data, as: UTF8.self), named: path).service
      {
        return service
      }
    }
    return nil
  }

  // MARK: The stored plan

  func store(_ plan: Plan, for run: RunIdentifier) throws -> Digest {
    let data = try CanonicalJSON.data(of: plan)
    try home.createFolders(of: run)
    return try SealedFile.write(data, to: home.plan(of: run), key: try key, context: Self.planContext(run)).digest
  }

  func plan(of run: RunIdentifier) throws -> Plan {
    do {
      let data = try SealedFile.read(home.plan(of: run), key: try key, context: Self.planContext(run))
      return try CanonicalJSON.value(of: data)
    } catch {
      throw Failure(.badInput, "The plan of run \(run) cannot be read: \(error)")
    }
  }

  private static func planContext(_ run: RunIdentifier) -> String { "plan of \(run)" }

  func events(of run: RunIdentifier) async throws -> [Event] { try await journal.events(of: run, after: 0) }

  // MARK: The executor's context

  func context(
    plan: Plan, run: RunIdentifier, hash: Digest? = nil, withoutKeep: [String: String] = [:],
    ask: (@Sendable ([Ask], RunState) async -> [RunAnswer]?)? = nil,
    report: @escaping @Sendable (RunEvent, RunState) -> Void = { _, _ in },
    output: @escaping @Sendable (String, String) -> Void = { _, _ in }
  ) async throws -> RunContext {
    let key = try key
    let secrets = Secrets(
      references: plan.secrets, variables: variables, directory: plan.directory, runner: ProcessRunner())
    let redactor = await secrets.redactor(variables: plan.secretVariables, configFile: plan.bindings.configFile)
    Console.hide(redactor)
    let home = home
    let folder = SessionFolder(path: home.session(of: run))
    let target = faultTarget
    target.name(folder)
    let faults = FaultInjector.fromEnvironment(role: .tool, other: { target.hostPid })
    var context = RunContext(
      plan: plan, planHash: hash ?? plan.hash, run: run, journal: journal, clock: clock, drivers: drivers,
      parser: ShellReader(), runner: ProcessRunner(), checks: Checks(), secrets: secrets.resolver,
      redactor: redactor,
      sessions: HostSessions(
        folder: folder, executable: Self.executable, key: key, outputMaximum: plan.settings.outputMaximum),
      images: { step in SealedImageStore(home: home, run: run, step: step, key: key) },
      carriedFolder: home.folder(of: run) + "/carried", variables: Self.sessionVariables(variables),
      operatorName: operatorName, hostName: ProcessInfo.processInfo.hostName, ask: ask, report: report, output: output,
      withoutKeep: withoutKeep, faults: faults)
    context.learned = { Console.hide($0) }
    return context
  }

  /// The process's own environment, with nothing in it that would open an editor or a pager or ask for a password.
  private static func sessionVariables(_ variables: [String: String]) -> [String: String] {
    variables.merging([
      "GIT_EDITOR": "true", "GIT_SEQUENCE_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no", "GIT_TERMINAL_PROMPT": "0",
      "GIT_PAGER": "cat", "PAGER": "cat", "SYSTEMD_PAGER": "cat", "PSQL_PAGER": "cat",
    ]) { $1 }.filter { !["BACKOUT_FAULT", "BACKOUT_KEY"].contains($0.key) }
  }

  /// This program's own file: the session host is the same binary.
  private static let executable =
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

  /// What hides the secrets of a run whose record is shown.
  ///
  /// - Parameter writes: whether something that a person typed goes into the record, too.
  func redactor(of plan: Plan, writes: Bool) async -> Redactor {
    await Secrets(references: plan.secrets, variables: variables, directory: plan.directory, runner: ProcessRunner())
      .redactor(variables: plan.secretVariables, configFile: plan.bindings.configFile, runsCommands: writes)
  }

  func newRun() -> RunIdentifier {
    RunIdentifier(
      milliseconds: UInt64(max(0, clock.now().wall)),
      random: (UInt64.random(in: 0...UInt64.max), UInt16.random(in: 0...UInt16.max)))
  }
}

/// The session whose host a fault may end: known only when the run is. A lock, because a fault strikes in a place that
/// cannot wait.
private final class FaultTarget: Sendable {
  private let folder = Mutex<SessionFolder?>(nil)

  func name(_ session: SessionFolder) { folder.withLock { $0 = session } }
  var hostPid: Int32? { folder.withLock { $0 }?.hostPid }
}
