import Runbook

/// Asks every rule, takes out what the document suppresses, and grades.
public struct Linter: Sendable {
  public let rules: [any LintRule]

  public init(rules: [any LintRule] = allRules) { self.rules = rules }

  public func lint(_ document: LintDocument) -> LintedFile {
    let suppressions = Suppressions(of: document)
    var findings = rules.flatMap { $0.findings(in: document) }
    findings += Self.asides(of: document, by: rules, known: findings)
    findings.removeAll(where: suppressions.cover)
    findings += suppressions.findings(known: Set(rules.map(\.id)))
    findings.sort { ($0.line, $0.rule, $0.message) < ($1.line, $1.rule, $1.message) }
    return LintedFile(path: document.path, grade: Grade(of: findings), findings: findings)
  }
}

/// What the linter says of one file.
public struct LintedFile: Codable, Hashable, Sendable {
  public var path: String
  public var grade: Grade
  public var findings: [Finding]
}

/// How far a tired person can trust the runbook: A is as good as it gets.
public enum Grade: String, Codable, Hashable, Sendable {
  case a = "A"
  case b = "B"
  case c = "C"
  case d = "D"
  case f = "F"

  /// By how many different things are wrong, not how often: the same slip in ten commands is one habit.
  init(of findings: [Finding]) {
    let errors = Set(findings.filter { $0.severity == .error }.map(\.rule)).count
    let warnings = Set(findings.filter { $0.severity == .warning }.map(\.rule)).count
    self =
      switch (errors, warnings) {
      case (0, 0): .a
      case (0, 1...3): .b
      case (0, _), (1, 0...3): .c
      case (1...3, _): .d
      default: .f
      }
  }
}
