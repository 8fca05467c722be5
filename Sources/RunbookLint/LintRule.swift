import Runbook

/// One rule: one file in `Rules/`, one line in `Rules.swift`. Pure: it reads the document's values and touches nothing.
public protocol LintRule: Sendable {
  /// Stable, in kebab-case: `revert-opens-editor`. What `--explain` and a suppression name.
  var id: String { get }
  var severity: Finding.Severity { get }
  /// One sentence: what is wrong.
  var summary: String { get }
  /// What happens at 3 a.m., and how to mend it: a paragraph or two of Markdown.
  var explanation: String { get }
  /// A small runbook that has this finding, and the same one mended: shown by `--explain`, and held by a test.
  var bad: String { get }
  var good: String { get }
  /// Documentation that a claim about a tool rests on: URLs.
  var references: [String] { get }
  /// Whether what it says of a command is as true where no rollback runs it: in a drill, in troubleshooting, in a
  /// section about deploying. There its findings are notes.
  var readsAsides: Bool { get }

  func findings(in document: LintDocument) -> [Finding]
}

extension LintRule {
  public var references: [String] { [] }
  public var readsAsides: Bool { false }

  /// A finding of this rule at a step.
  public func finding(at placed: PlacedStep, _ message: String, fix: Fix? = nil) -> Finding {
    Finding(
      rule: id, line: placed.step.line, endLine: placed.step.endLine, severity: severity, message: message, fix: fix)
  }

  /// A finding of this rule at a command of a step.
  public func finding(at placed: PlacedCommand, _ message: String, fix: Fix? = nil) -> Finding {
    Finding(rule: id, line: placed.line, severity: severity, message: message, fix: fix)
  }

  /// A finding of this rule at a line.
  public func finding(line: Int, _ message: String, fix: Fix? = nil) -> Finding {
    Finding(rule: id, line: line, severity: severity, message: message, fix: fix)
  }
}
