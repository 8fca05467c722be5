import Runbook

struct DropCascade: LintRule {
  let id = "drop-cascade"
  let severity = Finding.Severity.note
  let summary = "`CASCADE` drops whatever depends on the object, named or not."
  let explanation = """
    Views, foreign keys and everything that hangs on them go with the table, with a notice at the most. Without `CASCADE`
    the statement refuses and lists what depends on it: that list belongs in the runbook.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```sql\nDROP TABLE tasks CASCADE;\n```\n"
  let good = "# Rollback\n\n## Rollback steps\n\n```sql\nDROP VIEW open_tasks;\nDROP TABLE tasks;\n```\n"
  let references = [
    "https://www.postgresql.org/docs/current/sql-droptable.html",
    "https://www.postgresql.org/docs/current/ddl-depend.html",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    document.steps.flatMap { placed in
      placed.sql.filter { ["DROP", "TRUNCATE"].contains($0.words.first ?? "") && $0.words.last == "CASCADE" }.map {
        finding(
          line: $0.line, "`\($0.text.firstLine)` takes what depends on it along, and does not say what that is",
          fix: Fix(title: "drop what depends on it by name, and leave CASCADE out"))
      }
    }
  }
}
