import Runbook
import Testing

@testable import RunbookReading

/// Alternatives that exclude each other: where a choice begins and ends, and what within an option is asked for.
@Suite struct ChoiceReadingTests {
  private func read(_ text: String) throws -> Runbook { try RunbookReader().read(text, named: "ROLLBACK.md") }
  private func steps(_ text: String) throws -> [Step] { try read(text).procedures.flatMap(\.stages).flatMap(\.steps) }

  @Test func anAlternativeWithinAnOptionLeavesTheOptionWhole() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ### Step 1: Go back
      #### Method 1: Image
      ```sh
      ./image back
      ```
      #### Method 2: Code
      ```sh
      # Revert one commit
      git revert <hash>

      # Or reset
      git reset --hard v1

      # Publish
      git push
      ```
      """)
    let stage = try #require(book.procedures.first?.stages.first)
    #expect(stage.choices.map { $0.options.map(\.id) } == [["method-1", "method-2"]])
    #expect(stage.steps.map { $0.choice?.option } == ["method-1", "method-2", "method-2", "method-2"])
    #expect(stage.steps.map(\.optional) == [false, true, true, false])
  }

  @Test func theSameAgainWithASpecificTargetIsAnAlternative() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ```sh
      # Rollback to previous
      ./shop back

      # Rollback to specific version
      ./shop back --to 7

      # Check
      ./shop status
      ```
      """)
    let steps = try #require(book.procedures.first?.stages.first).steps
    #expect(steps.map { $0.choice?.option } == ["option-1", "option-2", nil])
  }

  @Test func labelsThatNameTargetsAreOptionsOfOneChoice() throws {
    let book = try read(
      """
      # Shop rollback
      ## Code rollback
      **For one commit:**
      ```sh
      # The commit itself
      git revert <hash>

      # For a merge commit
      git revert -m 1 <hash>
      ```
      **For several commits:**
      ```sh
      git revert --no-commit HEAD~2..HEAD
      ```
      **Reset (careful):**
      ```sh
      git reset --hard <hash>
      ```
      """)
    let stage = try #require(book.procedures.first?.stages.first)
    #expect(stage.choices.map(\.options.count) == [4])
    #expect(Set(stage.steps.compactMap { $0.choice?.option }).count == 4)
  }

  @Test func aLabelBetweenTwoOptionsBelongsToTheFirst() throws {
    let book = try read(
      """
      # Shop rollback
      ## Database rollback
      **Option A: Down migration**
      ```sh
      ./schema down
      ```
      **Run the data script:**
      ```sh
      ./data down
      # Or a specific one
      ./data down 3
      ```
      **Option B: Restore from backup**
      ```sh
      ./restore
      ```
      **Verify:**
      ```sh
      ./schema check
      ```
      """)
    let stage = try #require(book.procedures.first?.stages.first)
    #expect(stage.choices.map { $0.options.map(\.id) } == [["option-a", "option-b"]])
    #expect(stage.steps.map { $0.choice?.option } == ["option-a", "option-a", "option-a", "option-b", nil])
    // The alternatives within option A are asked for one by one.
    #expect(stage.steps.map(\.optional) == [false, true, true, false, false])
  }

  /// Choosing an option, or none, is the answer for what stands around the choice; what an option's own words make
  /// conditional is asked for.
  @Test func withinAnOptionOnlyItsOwnConditionsAreAsked() throws {
    let found = try steps(
      """
      # Shop rollback
      ## Database rollback
      ### Migrations (if needed)
      If the schema changed:
      ```sh
      # Roll back one migration
      ./schema down
      # Or, if there are several, roll back to a revision
      ./schema to 7
      # If it hangs, force it
      ./schema force
      ```
      """)
    #expect(found.map { $0.choice?.option } == ["option-1", "option-2", "option-2"])
    #expect(found.map(\.optional) == [false, false, true])
  }

  @Test func optionsThatBeginAgainAreAnotherChoice() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback
      **Option 1: Image**
      ```sh
      ./image back
      ```
      **Option 2: Revert**
      ```sh
      ./code back
      ```
      **Then the database:**
      ```sh
      ./schema lock
      ```
      **Option 1: Down migration**
      ```sh
      ./schema down
      ```
      **Option 2: Restore**
      ```sh
      ./restore
      ```
      """)
    let stage = try #require(book.procedures.first?.stages.first)
    #expect(stage.choices.map(\.options.count) == [2, 2])
    #expect(stage.steps.map { $0.choice == nil } == [false, false, true, false, false])
  }
}
