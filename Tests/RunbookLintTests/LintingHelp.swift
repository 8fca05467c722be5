import Runbook
import RunbookReading

@testable import RunbookLint

/// What one rule says of a document, as it is really read.
func findings(
  of rule: any LintRule, in text: String, path: String = "ROLLBACK.md", repository: RepositoryFiles? = nil
) throws -> [Finding] {
  let runbook = try RunbookReader().read(text, named: path)
  return rule.findings(in: LintDocument(path: path, text: text, runbook: runbook, repository: repository))
}

/// `text` with the edits of `fix` made, last line first.
func applied(_ fix: Fix, to text: String) -> String {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  for edit in fix.edits.sorted(by: { $0.line > $1.line }) {
    lines.replaceSubrange(edit.line - 1..<edit.endLine, with: edit.text.map { [$0] } ?? [])
  }
  return lines.joined(separator: "\n")
}

/// What the linter says of a document, with what stands aside.
func lint(_ text: String, by rules: [any LintRule] = allRules) throws -> [Finding] {
  var document = LintDocument(path: "ROLLBACK.md", text: text, runbook: try RunbookReader().read(text, named: "R.md"))
  document.aside = try document.asideText.map { try RunbookReader().read($0, named: "R.md") }
  return Linter(rules: rules).lint(document).findings
}
