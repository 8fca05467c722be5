import Runbook

struct FlywayUndo: LintRule {
  let id = "flyway-undo-needs-licence"
  let severity = Finding.Severity.warning
  let summary = "`flyway undo` is not in Flyway's Community edition."
  let explanation = """
    Undo migrations belong to Flyway's paid editions. In the Community edition the command ends with an error, and the
    schema stays. Write the way back as a versioned migration of its own, or say which edition the servers have.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nflyway undo\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```bash\ncp undo/V42_1__drop_phone.sql sql/\nflyway migrate\n```\n"
  let references = ["https://www.red-gate.com/hub/product-learning/flyway/secrets-of-flyway-teams-undo"]

  func findings(in document: LintDocument) -> [Finding] {
    guard !document.mentions(["flyway teams", "flyway enterprise", "teams edition", "enterprise edition"]) else {
      return []
    }
    return document.commands.filter { $0.call.starts(with: ["flyway", "undo"]) }.map { found in
      finding(
        at: found, "`flyway undo` fails in the Community edition, and nothing here says that the servers have another",
        fix: Fix(title: "write the way back as a versioned migration, or name the edition"))
    }
  }
}
