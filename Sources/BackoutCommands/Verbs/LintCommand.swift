import ArgumentParser
import Foundation
import Planning
import Runbook
import RunbookLint
import RunbookReading

struct LintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint", abstract: "Say what would go wrong with a runbook. Needs no configuration.",
    discussion: """
      Reads the files, or the runbooks below the folders; with neither, the runbooks of this folder. Nothing is run and \
      nothing is changed, but with --fix. A finding that is wanted is allowed by a comment in the document:
      <!-- backout-lint: allow RULE because REASON -->
      """)

  @Argument(help: ArgumentHelp("Files or folders.", valueName: "PATH")) var paths: [String] = []
  @Option(help: "Exit 6 where a finding is at least this bad: error, warning or note.") var failOn: Severity = .error
  @Flag(help: "Print SARIF 2.1.0, as code scanning reads it.") var sarif = false
  @Flag(help: "Mend what is certain, and show the difference.") var fix = false
  @Flag(help: "With --fix: show the difference only.") var dryRun = false
  @Flag(help: "List the rules.") var rules = false
  @Flag(help: ArgumentHelp("With --rules: the page docs/lint/rules.md.", visibility: .hidden)) var markdown = false
  @Option(help: ArgumentHelp("Explain a rule.", valueName: "RULE")) var explain: String?
  @OptionGroup var output: OutputOptions

  enum Severity: String, ExpressibleByArgument {
    case error, warning, note
    var severity: Finding.Severity {
      switch self {
      case .error: .error
      case .warning: .warning
      case .note: .note
      }
    }
  }

  mutating func run() async throws {
    if let explain { return try show(rule: explain) }
    if rules { return listRules() }
    let files = try found()
    if fix {
      let faults = try files.compactMap { try mend($0) }
      if dryRun, isScreen { return try tell(faults) }
    }
    let repositories = RunbookFinder.repositories(of: files.map(Self.absolute))
    let isScreen = isScreen
    let results = try await Self.inParallel(files) { path in
      let one = try Self.lint(path, text: Self.text(of: path), in: repositories[Self.absolute(path)])
      return (one: one, screen: isScreen ? LintScreen(file: one.file).text() : "")
    }
    let linted = results.map(\.one.file)
    if sarif {
      try Console.json(SARIF(linted, toolVersion: BackoutCommand.version))
    } else if output.json {
      try Console.json(LintJSON(linted))
    } else {
      Console.print(results.map(\.screen).joined(separator: "\n\n"))
      say(linted)
    }
    try tell(results.compactMap(\.one.fault))
    if linted.contains(where: { $0.findings.contains { $0.severity >= failOn.severity } }) {
      throw Ending(code: .findings)
    }
  }

  /// Whether people read what is printed, and no program.
  private var isScreen: Bool { !sarif && !output.json }

  // MARK: Files

  private func found() throws -> [String] {
    var files: [String] = []
    for path in paths.isEmpty ? ["."] : paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw Failure(.badInput, "\(path): there is no such file; nothing was read.")
      }
      guard isFolder.boolValue else {
        files.append(path)
        continue
      }
      let runbooks = RunbookFinder.runbooks(in: path).map { path == "." ? $0 : "\(path)/\($0)" }
      guard !runbooks.isEmpty else {
        throw Failure(
          .badInput,
          "\(path == "." ? "This folder" : path) holds no runbook: no Markdown file with rollback in its name.",
          next: "backout lint PATH/TO/RUNBOOK.md")
      }
      files += runbooks
    }
    return files
  }

  private static func text(of path: String) throws -> String {
    String(decoding: try Workspace.contents(of: absolute(path)), as: UTF8.self)
  }

  /// Each on a core of its own, as far as there are cores, the longest first: none is begun when the others end. In the
  /// order given.
  private static func inParallel<Result: Sendable>(
    _ files: [String], _ work: @escaping @Sendable (String) throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      let sizes = files.map(Workspace.size(of:))
      for index in files.indices.sorted(by: { sizes[$0] > sizes[$1] }) {
        group.addTask { (index, try work(files[index])) }
      }
      var results: [(Int, Result)] = []
      for try await one in group { results.append(one) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private static func absolute(_ path: String) -> String {
    Workspace.absolute(path, in: FileManager.default.currentDirectoryPath)
  }

  /// Bindings that cannot be read: the file was linted without them.
  private struct Fault: Sendable {
    var path: String
    var failure: Failure
  }

  static func lint(_ path: String, text: String) throws -> LintedFile {
    let one = try lint(path, text: text, in: RunbookFinder.repository(of: absolute(path)))
    if let fault = one.fault { throw fault.failure }
    return one.file
  }

  private static func lint(
    _ path: String, text: String, in repository: RepositoryFiles?
  ) throws -> (file: LintedFile, fault: Fault?) {
    let name = (path as NSString).lastPathComponent
    let reader = RunbookReader()
    func read(_ text: String) throws -> Runbook {
      do { return try reader.read(text, named: name) } catch {
        throw Failure(.badInput, "\(path): \(error) Nothing was executed.")
      }
    }
    let runbook = try read(text)
    var document = LintDocument(path: path, text: text, runbook: runbook, repository: repository)
    var fault: Fault?
    do {
      let bound = try Workspace.bound(runbook, at: absolute(path))
      document.bindings = bound.base
      document.environments = bound.environments
    } catch let failure as Failure {
      fault = Fault(path: path, failure: failure)
    }
    document.aside = try document.asideText.map(read)
    return (Linter().lint(document), fault)
  }

  /// What is wrong with the bindings, if anything.
  private func mend(_ path: String) throws -> Fault? {
    let text = try Self.text(of: path)
    let repository = RunbookFinder.repository(of: Self.absolute(path))
    var fault: Fault?
    let fixed = try FixApplication(text: text) {
      let one = try Self.lint(path, text: $0, in: repository)
      fault = one.fault
      return one.file.findings
    }
    // Beside an object for a program, what was mended is for whoever looks on.
    let tell = isScreen ? Console.print : Console.error
    guard fixed.text != text else {
      tell("\(path): nothing can be mended with certainty.")
      return fault
    }
    tell(TextDifference(from: text, to: fixed.text, name: path).text)
    guard !dryRun else { return fault }
    do {
      try Data(fixed.text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.badInput, "\(path) cannot be written: \((error as NSError).localizedDescription) It is as it was.")
    }
    tell("\(path): mended \(Text.count(fixed.mended.count, "finding")).\n")
    return fault
  }

  // MARK: What is said

  /// Once everything else is said: what is wrong beside one runbook takes nothing from the others. Throws `Failure`.
  private func tell(_ faults: [Fault]) throws {
    guard let first = faults.first else { return }
    let said = Dictionary(grouping: faults, by: \.failure.message).sorted { $0.key < $1.key }.map { message, faults in
      "\(message)\nLinted without it, so that what it binds counts as open: \(faults.map(\.path).joined(separator: ", "))"
    }
    throw Failure(.badInput, said.joined(separator: "\n"), next: first.failure.next)
  }

  private func say(_ files: [LintedFile]) {
    let certain = files.flatMap(\.findings).count { !($0.fix?.edits.isEmpty ?? true) }
    let rule = files.flatMap(\.findings).max { $0.severity < $1.severity }?.rule
    var lines: [String] = []
    if let rule { lines.append("backout lint --explain \(rule)") }
    if certain > 0 { lines.append("backout lint --fix   mends \(certain) of them, and shows the difference") }
    if !lines.isEmpty { Console.print("\n" + lines.map { "  " + Style.faint.paint($0) }.joined(separator: "\n")) }
  }

  private func show(rule id: String) throws {
    guard let rule = allRules.first(where: { $0.id == id }) else {
      throw Explanation.unknown(
        id, what: "rule", among: allRules.map(\.id),
        next: KnownProblems.find(id) == nil ? "backout lint --rules lists them" : "backout plan --explain \(id)")
    }
    if output.json { return try Console.json(RuleJSON(rule)) }
    Console.print(RulesPage.section(rule))
  }

  private func listRules() {
    if markdown { return Console.write(RulesPage.text()) }
    if output.json { return (try? Console.json(allRules.map(RuleJSON.init))) ?? () }
    let width = allRules.map(\.id.count).max() ?? 0
    for rule in allRules {
      Console.print("\(Text.fit(rule.id, width))  \(Text.fit(rule.severity.rawValue, 7))  \(rule.summary)")
    }
  }

  private struct RuleJSON: Encodable {
    var id: String
    var severity: Finding.Severity
    var summary: String
    var explanation: String
    var references: [String]

    init(_ rule: any LintRule) {
      id = rule.id
      severity = rule.severity
      summary = rule.summary
      explanation = rule.explanation
      references = rule.references
    }
  }
}
