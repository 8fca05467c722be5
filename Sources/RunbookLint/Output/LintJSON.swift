import Runbook

/// `lint --json`: a documented contract. Absent values are null.
public struct LintJSON: Encodable, Sendable {
  public struct File: Encodable, Sendable {
    public var path: String
    public var grade: Grade
    public var findings: [Entry]
  }
  public struct Entry: Encodable, Sendable {
    public var rule: String
    public var line: Int
    public var endLine: Int
    public var severity: Finding.Severity
    public var message: String
    @Null public var fix: Fix?
  }

  public var files: [File]

  public init(_ files: [LintedFile]) {
    self.files = files.map { file in
      File(
        path: file.path, grade: file.grade,
        findings: file.findings.map {
          Entry(
            rule: $0.rule, line: $0.line, endLine: $0.endLine, severity: $0.severity, message: $0.message, fix: $0.fix)
        })
    }
  }
}
