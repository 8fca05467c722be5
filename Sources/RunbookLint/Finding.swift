import Runbook

/// What is wrong at one place of a runbook, what would happen, and how to mend it.
public struct Finding: Codable, Hashable, Sendable {
  public enum Severity: String, Codable, Hashable, Sendable, Comparable, CaseIterable {
    /// Worth knowing.
    case note
    /// May surprise at 3 a.m.
    case warning
    /// Would fail, block or destroy.
    case error

    public static func < (left: Severity, right: Severity) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  /// `LintRule.id`.
  public var rule: String
  /// In the document, from 1.
  public var line: Int
  public var endLine: Int
  public var severity: Severity
  /// What would happen, in the author's own terms: it names the command, the file, the step.
  public var message: String
  /// How to mend it, where that is certain or can be shown.
  public var fix: Fix?

  public init(
    rule: String, line: Int, endLine: Int? = nil, severity: Severity, message: String, fix: Fix? = nil
  ) {
    self.rule = rule
    self.line = line
    self.endLine = max(line, endLine ?? line)
    self.severity = severity
    self.message = message
    self.fix = fix
  }
}

/// How to mend a finding.
public struct Fix: Codable, Hashable, Sendable {
  /// What to do, such as "add --no-edit".
  public var title: String
  /// Ready edits, where they are certain; empty: a person decides.
  public var edits: [Edit]

  public init(title: String, edits: [Edit] = []) {
    self.title = title
    self.edits = edits
  }
}

/// Lines that stand in the place of others.
public struct Edit: Codable, Hashable, Sendable {
  /// The first line replaced, from 1.
  public var line: Int
  /// The last line replaced; `line - 1`: nothing is replaced, and `text` is put before `line`.
  public var endLine: Int
  /// Whole lines without the last line break. Nil: the lines are taken out.
  public var text: String?

  public init(line: Int, endLine: Int, text: String?) {
    self.line = line
    self.endLine = endLine
    self.text = text
  }
}
