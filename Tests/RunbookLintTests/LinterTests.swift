import Foundation
import Runbook
import RunbookReading
import Testing

@testable import RunbookLint

private func linted(_ text: String) throws -> LintedFile {
  let runbook = try RunbookReader().read(text, named: "ROLLBACK.md")
  return Linter(rules: [RevertOpensEditor()]).lint(LintDocument(path: "ROLLBACK.md", text: text, runbook: runbook))
}

private let fenced =
  "# Rollback\n\n## Rollback steps\n\n%@```bash\n%@git revert HEAD\n./deploy\ngit revert HEAD~3\n```\n"

private func document(before fence: String = "", inside: String = "") -> String {
  String(format: fenced, fence, inside)
}

/// Suppressions, grades, and how findings become documents.
struct LinterTests {
  @Test func findingsStandInTheDocumentsOrder() throws {
    let file = try linted(document())
    #expect(file.findings.map(\.line) == [6, 8])
    #expect(file.grade == .b)
  }

  @Test func aSuppressionBeforeAFenceCoversTheFence() throws {
    let mark = "<!-- backout-lint: allow revert-opens-editor because a person is there -->\n"
    #expect(try linted(document(before: mark)).findings.isEmpty)
    #expect(try linted(document(before: mark)).grade == .a)
  }

  @Test func aSuppressionInAFenceCoversTheNextLine() throws {
    let mark = "# backout-lint: allow revert-opens-editor because a person is there\n"
    #expect(try linted(document(inside: mark)).findings.map(\.line) == [9])
  }

  @Test func aSuppressionOnTopCoversTheDocument() throws {
    let text = "<!-- backout-lint: allow revert-opens-editor because we like it -->\n" + document()
    #expect(try linted(text).findings.isEmpty)
  }

  @Test(arguments: [
    "<!-- backout-lint: allow revert-opens-editor -->\n", "<!-- backout-lint: ignore everything because so -->\n",
    "<!-- backout-lint: allow no-such-rule because so -->\n",
  ]) func aSuppressionWithoutReasonOrRuleIsAFinding(_ mark: String) throws {
    let findings = try linted(document(before: mark)).findings
    #expect(findings.map(\.rule).contains("suppression"))
    #expect(findings.count { $0.rule == "revert-opens-editor" } == 2, "it suppresses nothing")
  }

  @Test func proseAboutSuppressionsIsNone() throws {
    #expect(try linted(document(before: "Write `backout-lint: x` to allow one.\n\n")).findings.count == 2)
  }

  @Test func fixesAreMadeUntilNothingIsCertain() throws {
    let fixed = try FixApplication(text: document()) { try linted($0).findings }
    #expect(fixed.mended.count == 2)
    #expect(fixed.text == document().replacingOccurrences(of: "git revert HEAD", with: "git revert --no-edit HEAD"))
  }

  @Test func overlappingEditsWaitForEachOther() {
    let one = Finding(
      rule: "a", line: 1, severity: .note, message: "",
      fix: Fix(title: "", edits: [Edit(line: 1, endLine: 1, text: "one")]))
    let other = Finding(
      rule: "b", line: 1, severity: .note, message: "",
      fix: Fix(title: "", edits: [Edit(line: 1, endLine: 2, text: "both")]))
    let fixed = FixApplication(text: "1\n2\n3") { text in
      text.hasPrefix("1") ? [one, other] : text.hasPrefix("one") ? [other] : []
    }
    #expect(fixed.text == "both\n3")
  }

  @Test func grades() {
    func grade(_ errors: Int, _ warnings: Int) -> Grade {
      Grade(
        of: (0..<errors).map { Finding(rule: "e\($0)", line: 1, severity: .error, message: "") }
          + (0..<warnings).map { Finding(rule: "w\($0)", line: 1, severity: .warning, message: "") })
    }
    #expect(grade(0, 0) == .a && grade(0, 3) == .b && grade(0, 4) == .c && grade(1, 3) == .c)
    #expect(grade(1, 4) == .d && grade(3, 0) == .d && grade(4, 0) == .f)
  }

  /// What a reader of SARIF 2.1.0 must find: its schema's required members, and regions that are in the file.
  @Test func sarifHasWhatItsSchemaRequires() throws {
    var file = try linted(document())
    file.path = "docs/roll back.md"
    let data = try JSONEncoder().encode(SARIF([file], rules: [RevertOpensEditor()], toolVersion: "1.2.3"))
    let log = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(log["version"] as? String == "2.1.0")
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
    #expect(driver["name"] as? String == "backout" && driver["semanticVersion"] as? String == "1.2.3")
    let rules = try #require(driver["rules"] as? [[String: Any]])
    let results = try #require(run["results"] as? [[String: Any]])
    #expect(results.count == 2)
    for result in results {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
      #expect(["note", "warning", "error"].contains(result["level"] as? String ?? ""))
      let location = try #require(
        (result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
      #expect((location["artifactLocation"] as? [String: Any])?["uri"] as? String == "docs/roll%20back.md")
      let region = try #require(location["region"] as? [String: Any])
      #expect((region["startLine"] as? Int ?? 0) >= 1)
    }
  }
}
