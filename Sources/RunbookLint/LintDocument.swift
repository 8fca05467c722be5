import Runbook

/// One runbook as the rules see it.
public struct LintDocument: Sendable {
  /// As the person named it.
  public let path: String
  public private(set) var runbook: Runbook
  /// Of the document; `lines[0]` is line 1.
  public let lines: [String]
  /// As it was read: what stands nowhere in it stands in no line.
  let text: String
  /// The same in lower case, and all of it: rules ask for hundreds of words.
  let lowerLines: [Substring]
  let lowerText: String
  /// What the repository around the runbook holds; nil: none is known, and no rule judges by it.
  public let repository: RepositoryFiles?
  /// What `backout.yaml` binds for it; nothing where there is none.
  public var bindings = RunbookBindings()
  /// The same with the overlay of each environment on top.
  public var environments: [String: RunbookBindings] = [:]
  public let fences: [Fence]
  public var headings: [Heading] { outline.headings }
  let outline: Outline
  /// Each procedure's steps, in the order in which they run.
  private(set) var runs: [[PlacedStep]]
  /// Every step that runs, in the document's order; a stage that several procedures share counts once.
  public private(set) var steps: [PlacedStep]
  /// Every simple command of what runs, in order.
  public private(set) var commands: [PlacedCommand]
  /// `asideText`, read: the shell and SQL blocks that the reading keeps out of every procedure.
  public var aside: Runbook?

  public init(path: String, text: String, runbook: Runbook, repository: RepositoryFiles? = nil) {
    self.path = path
    self.runbook = runbook
    self.repository = repository
    self.text = text
    lines = text.textLines.map { line in String(line.utf8.last == 13 ? line.dropLast() : line) }
    lowerText = (text.utf8.contains(13) ? lines.joined(separator: "\n") : text).lowercased()
    lowerLines = lowerText.textLines
    fences = Fence.all(in: lines)
    outline = Outline(Heading.all(in: lines, outside: fences))
    runs = Self.runs(of: runbook)
    steps = Self.steps(of: runs)
    commands = steps.flatMap(\.commands)
  }

  /// The same text with the reading of what stands aside in it.
  init(_ document: LintDocument, aside: Runbook) {
    self = document
    runbook = aside
    self.aside = nil
    runs = Self.runs(of: aside)
    steps = Self.steps(of: runs)
    commands = steps.flatMap(\.commands)
  }

  private static func runs(of runbook: Runbook) -> [[PlacedStep]] {
    var known: [Int: [StepFacts]] = [:]
    return runbook.procedures.map { procedure in
      procedure.stages.flatMap { stage in
        stage.steps.map { step in
          // Procedures share stages.
          let same = known[step.line]?.first { $0.action == step.action }
          let facts = same ?? StepFacts(step)
          if same == nil { known[step.line, default: []].append(facts) }
          return PlacedStep(procedure: procedure, stage: stage, step: step, facts: facts)
        }
      }
    }
  }

  private static func steps(of runs: [[PlacedStep]]) -> [PlacedStep] {
    struct Place: Hashable {
      var line: Int
      var text: String
    }
    var seen: Set<Place> = []
    return runs.joined().filter { seen.insert(Place(line: $0.step.line, text: $0.step.text)).inserted }
  }

  /// Those that no binding fills or takes away. What is bound for environments alone is open where one of them lacks it,
  /// and where there is only one: a plan without `--env` is meant to work then, too.
  var openHoles: [Placeholder] {
    let open = holes(runbook.placeholders, openUnder: bindings)
    guard environments.count > 1, !open.isEmpty else { return open }
    let missed = Set(environments.values.flatMap { holes(open, openUnder: $0) })
    return open.filter(missed.contains)
  }

  /// `; TAG is bound for staging only` of an open hole that some environment binds; else empty.
  func partlyBound(_ hole: Placeholder) -> String {
    let names = environments.filter { holes([hole], openUnder: $0.value).isEmpty }.keys.sorted()
    return names.isEmpty ? "" : "; `\(hole.name)` is bound for \(names.joined(separator: ", ")) only"
  }

  private func holes(_ holes: [Placeholder], openUnder bindings: RunbookBindings) -> [Placeholder] {
    let bound = bindings.commands.isEmpty && bindings.steps.isEmpty ? nil : BoundSteps(steps, bindings)
    return holes.filter { hole in
      bindings.parameter(for: hole) == nil
        && !(hole.form == .host && bindings.endpoints.keys.contains { $0.contains(hole.spelling) })
        && !(bound?.replace(hole) ?? false)
    }
  }

  /// The document's line `number`, from 1; empty outside it.
  public func line(_ number: Int) -> String { lines.indices.contains(number - 1) ? lines[number - 1] : "" }

  func lowerLine(_ number: Int) -> Substring { lowerLines.indices.contains(number - 1) ? lowerLines[number - 1] : "" }

  /// An edit of line `number` that puts `new` in the place of `old`, where `old` stands in it exactly once.
  public func edit(line number: Int, replacing old: String, with new: String) -> Edit? {
    let text = line(number)
    let parts = text.components(separatedBy: old)
    guard parts.count == 2 else { return nil }
    return Edit(line: number, endLine: number, text: parts.joined(separator: new))
  }
}

/// A step, and where it stands.
public struct PlacedStep: Sendable {
  public var procedure: Procedure { storage.procedure }
  public var stage: Stage { storage.stage }
  public var step: Step { storage.step }

  /// Rules copy steps by the thousand: one reference each.
  private let storage: Storage

  private final class Storage: Sendable {
    let procedure: Procedure
    let stage: Stage
    let step: Step
    let facts: StepFacts

    init(procedure: Procedure, stage: Stage, step: Step, facts: StepFacts) {
      self.procedure = procedure
      self.stage = stage
      self.step = step
      self.facts = facts
    }
  }

  init(procedure: Procedure, stage: Stage, step: Step, facts: StepFacts) {
    storage = Storage(procedure: procedure, stage: stage, step: step, facts: facts)
  }

  public init(procedure: Procedure, stage: Stage, step: Step) {
    self.init(procedure: procedure, stage: stage, step: step, facts: StepFacts(step))
  }

  /// Its text in lower case.
  var lowerText: String { storage.facts.lowerText }
  /// The SQL that it runs: its own, or what it hands to `psql -c`, `mysql -e`, `sqlite3`, or in a here-document.
  var sql: [SQLStatement] { storage.facts.sql }
  /// The simple commands of its statement.
  public var commands: [PlacedCommand] { storage.facts.commands.map { PlacedCommand(placed: self, facts: $0) } }
}

/// What rules ask of a step, wherever it stands: nothing twice.
final class StepFacts: Sendable {
  let action: Action
  let commands: [CommandFacts]
  let lowerText: String
  let sql: [SQLStatement]

  init(_ step: Step) {
    action = step.action
    lowerText = step.text.lowercased()
    if case .shell(let statement) = step.action {
      commands = statement.commands.map { CommandFacts($0, of: statement) }
    } else {
      commands = []
    }
    sql = SQLStatement.statements(of: step, commands: commands)
  }
}

/// A simple command, and the step it is in.
public struct PlacedCommand: Sendable {
  public let placed: PlacedStep
  let facts: CommandFacts

  init(placed: PlacedStep, facts: CommandFacts) {
    self.placed = placed
    self.facts = facts
  }

  public var command: ParsedCommand { facts.command }
  var name: String { facts.name }
  var arguments: [String] { facts.arguments }
  var operands: [String] { facts.operands }
  var call: [String] { facts.call }
  var scriptName: String? { facts.scriptName }
  var downgrade: Downgrade? { facts.downgrade }
  /// The SQL file that `psql`, `mysql` or `sqlite3` is fed, whatever it holds.
  var script: Word? { facts.script }
  /// What it puts back.
  var restore: Restore? { facts.restore }
  /// Whether it makes a backup of data.
  var makesBackup: Bool { facts.makesBackup }
  /// The file that a backup goes to.
  var backupFile: Word? { facts.backupFile }

  public var step: Step { placed.step }
  /// The command's line in the document.
  public var line: Int { command.line }

  /// Whether the command is `words` at its beginning: `is("git", "revert")`. Options before a subcommand that take no
  /// value are passed over.
  public func `is`(_ words: String...) -> Bool {
    guard name == words.first else { return false }
    return arguments.lazy.filter { !$0.hasPrefix("-") }.starts(with: words.dropFirst())
  }

  /// Whether an argument is one of `options`, or `option=value`.
  public func has(_ options: String...) -> Bool {
    arguments.contains { argument in options.contains(where: argument.isOption) }
  }

  /// Whether a bundle of short options holds `letter`: `has(short: "f")` for `-sSf`.
  public func has(short letter: Character) -> Bool {
    arguments.contains { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.dropFirst().contains(letter) }
  }
}

extension String {
  /// Whether it is `option`, or `option=value`.
  func isOption(_ option: String) -> Bool {
    var own = utf8.makeIterator()
    for byte in option.utf8 { guard own.next() == byte else { return false } }
    return own.next().map { $0 == UInt8(ascii: "=") } ?? true
  }
}

/// The paths of the repository's files, relative to its root.
public struct RepositoryFiles: Sendable {
  private let paths: Set<String>
  /// Where the runbook stands in it: empty, or a path that ends in a slash.
  public let runbookFolder: String

  public init(paths: Set<String>, runbookFolder: String = "") {
    self.paths = paths
    self.runbookFolder = runbookFolder
  }

  public func contains(_ path: String) -> Bool { paths.contains(Self.plain(path)) }
  public func contains(folder path: String) -> Bool {
    let prefix = Self.plain(path) + "/"
    return paths.contains { $0.hasPrefix(prefix) }
  }

  private static func plain(_ path: String) -> String {
    path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  }
}
