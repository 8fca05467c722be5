import Runbook
import Testing

@testable import RunbookReading

/// Shapes that public runbooks have and that were misread once.
@Suite struct ReadingFaultTests {
  private func read(_ text: String) throws -> Runbook { try RunbookReader().read(text, named: "ROLLBACK.md") }

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

  @Test func instructionsInUntaggedFencesAreAPersonsSteps() throws {
    let book = try read(
      """
      # Shop rollback
      ## Manual Rollback
      1. **Open the console**
         ```
         Go to the releases
         Press "Back"
         ```
      2. **Watch**
         ```
         See that sales go on
         ```
      """)
    let steps = try #require(book.procedures.first?.stages.first).steps
    #expect(steps.map(\.kind) == [.manual, .manual])
    #expect(steps.first?.text == "Open the console\nGo to the releases\nPress \"Back\"")
    #expect(steps.first?.endLine == 7)
    #expect(book.notRun.isEmpty)
  }

  @Test func whatTheSystemDoesItselfIsNoProcedure() throws {
    let book = try read(
      """
      # Shop rollback
      ## Automatic Rollback
      The system will:
      1. Stop the traffic
      2. Tell the team
      ## Manual Rollback
      ```sh
      ./shop back
      ```
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.text) == ["./shop back"])
  }

  @Test func aConditionBeforeNumberedStepsTakesNoneAway() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ### Step 1: Settings
      If the issue is a setting:

      1. Open the settings
      2. Put the old value back
      """)
    let procedure = try #require(book.procedures.first)
    #expect(procedure.symptoms.isEmpty)
    #expect(procedure.stages.flatMap(\.steps).map(\.text) == ["Open the settings", "Put the old value back"])
  }

  @Test func scriptsToSaveVerifyNothing() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ```sh
      ./shop back
      ```
      ## Rollback Verification
      ```sh
      #!/bin/bash
      ./shop status
      ```
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.text) == ["./shop back"])
    #expect(book.notRun.map(\.line) == [7])
  }

  @Test func curlsOwnBracesAreNoHoles() throws {
    let book = try read("# Rollback\n\n## Rollback Steps\n\n```sh\ncurl -w '%{http_code}' http://shop.test/{id}\n```\n")
    #expect(book.placeholders.map(\.spelling) == ["{id}"])
  }
}
