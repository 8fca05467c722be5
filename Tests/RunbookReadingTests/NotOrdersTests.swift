import Foundation
import Runbook
import Testing

@testable import RunbookReading

/// What shows, tells or advises runs nothing; what stands deep in a list does.
@Suite struct NotOrdersTests {
  private func read(_ text: String) throws -> Runbook { try RunbookReader().read(text, named: "ROLLBACK.md") }
  private func steps(_ body: String) throws -> [Step] {
    try read("# Undo the deployment\n\n## Rollback Steps\n\n### Step 1: Act\n\n\(body)\n").procedures.flatMap(\.stages)
      .flatMap(\.steps)
  }
  private func choices(_ body: String) throws -> [String] { try steps(body).map { $0.choice?.option ?? "-" } }

  @Test(arguments: [
    "Every change says at its top how to undo it. Example:\n\n```sql\nDROP TABLE a;\n```",
    "Ejemplo de script para un servicio:\n\n```sh\n#!/bin/sh\n./undo \"$1\"\n```",
    "**Example:** undoing a column\n\n```sql\nALTER TABLE a DROP COLUMN b;\n```",
    "```sh\n# Example\n./undo 1\n```", "- The script performs:\n  - `git fetch`\n  - `terraform apply`",
  ])
  func aTaleIsNoOrder(_ body: String) throws { #expect(try steps(body).allSatisfy { $0.kind == .manual }) }

  @Test func anExampleOfWhatTheFenceHasHadIsLeftOut() throws {
    let found = try steps(
      "```sh\n# To a revision\nalembic downgrade <id>\n\n# Example: to the start\nalembic downgrade base\n```")
    #expect(found.map(\.text) == ["alembic downgrade <id>"])
  }

  @Test func aHeadingOfNothingElseShows() throws {
    let found = try steps("```sh\n./undo <version>\n```\n\n#### Example\n\n```sh\n./undo 3\n```")
    #expect(found.map(\.text) == ["./undo <version>"])
  }

  @Test func whenItIsFixedIsForward() throws {
    let found = try steps(
      "```sh\ngit checkout <tag>\n\n# When you're done debugging, return to main.\ngit checkout main\n```")
    #expect(found.map(\.text) == ["git checkout <tag>"])
  }

  @Test func theSameWayBackToAnotherPlaceIsAChoice() throws {
    #expect(
      try choices(
        "```sh\n# Undo one migration\nalembic downgrade -1\n\n# Undo down to a revision\nalembic downgrade <id>\n```")
        == ["option-1", "option-2"])
    #expect(
      try choices("```sh\n# The web\nhelm rollback web\n\n# The worker\nhelm rollback worker\n```") == ["-", "-"])
  }

  @Test func commandsBelowAnItemsOwnItemsRun() throws {
    let found = try steps(
      "1. **Freeze**\n   - Pause the sync:\n     ```sh\n     argocd app suspend shop\n     ```\n   - Tell the channel.")
    #expect(found.map(\.text).contains("argocd app suspend shop"))
  }

  @Test func aToolThatIsNamedIsNotRun() throws {
    let found = try steps(
      "3. Look in the history of `kubectl rollout` for revisions that are left:\n\n```sh\nkubectl rollout history deploy/a\n```"
    )
    #expect(found.map(\.kind) == [.manual, .shell])
  }

  @Test func howBackupsAreMadeIsAdvice() throws {
    let book = try read(
      "# Rollback and recovery\n\n## Database Backup\n\n```sh\npg_dump a > a.sql\n```\n\n## Database Restore\n\n```sh\npsql a < a.sql\n```\n"
    )
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.text) == ["psql a < a.sql"])
    #expect(book.notRun.map(\.reason) == [.backupAdvice])
  }

  @Test func numberedSectionsAreStepsThoughOthersFollow() throws {
    let book = try read(
      "# Rollback\n\n## 1) Stop\n\n1. Stop the shop.\n\n## 2) Restore\n\n1. Upload the copy.\n\n## 3) Troubleshooting\n\n- Ask the vendor.\n"
    )
    #expect(book.procedures.map(\.id) == ["full"])
    #expect(book.procedures.first?.stages.map(\.id) == ["step-1", "step-2"])
  }

  @Test func scenariosBesideMethodsAreProcedures() throws {
    let book = try read(
      "# Rollback Guide\n\n## Method 1: the tool\n\n```sh\n./undo 1\n```\n\n## Method 2: by hand\n\n```sh\n./undo 2\n```\n\n## Rollback Scenarios\n\n### Scenario 1: one step\n\n```sh\n./undo 3\n```\n\n### Scenario 2: all\n\n```sh\n./undo 4\n```\n"
    )
    #expect(Set(book.procedures.map(\.id)) == ["full", "scenario-1", "scenario-2"])
  }
}
