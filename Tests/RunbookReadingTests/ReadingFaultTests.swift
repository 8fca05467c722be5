import Runbook
import Testing

@testable import RunbookReading

/// Shapes that public runbooks have and that were misread once.
@Suite struct ReadingFaultTests {
  private func read(_ text: String) throws -> Runbook { try RunbookReader().read(text, named: "ROLLBACK.md") }

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

  @Test func aNoteBelowACommandIsNoStep() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ```sh
      ./shop plan
      # Review: should name one shelf

      cd ../till
      # Put the old key back

      # Open the till by hand
      ```
      """)
    let steps = try #require(book.procedures.first?.stages.first).steps
    #expect(steps.map(\.text) == ["./shop plan", "cd ../till", "Put the old key back", "Open the till by hand"])
  }

  @Test func commentsAloneAreStepsEach() throws {
    let book = try read(
      "# Rollback\n\n## Rollback Steps\n\n```sh\n# prices.txt\n# Line 6: old\n\n# shelves.txt\n# Line 9: old\n```\n")
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.line) == [6, 9])
  }

  @Test func powerShellIsReadInStatements() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ```powershell
      # Look first
      Get-Content C:\\shop\\log.txt | Select-Object -Last 5

      # Go back
      .\\rollback.ps1 `
        -To v1
      if ($ok) {
        Write-Host "done"
      }
      ```
      """)
    let steps = try #require(book.procedures.first?.stages.first).steps
    #expect(steps.map(\.line) == [5, 8, 10])
    #expect(steps.map(\.endLine) == [5, 9, 12])
    #expect(steps.map(\.role) == [.observe, .change, .observe])
    #expect(
      steps.allSatisfy { if case .code(language: "powershell", _) = $0.action { $0.kind == .shell } else { false } })
  }

  @Test func whatIsDoneAfterARollbackIsAskedFor() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ```sh
      ./shop back
      ```
      ## Post-Rollback
      - Tell the owner
      - Keep the log:
        ```sh
        cp shop.log /safe/
        ```
      """)
    let stages = try #require(book.procedures.first).stages
    #expect(stages.map(\.id) == ["step-1", "aftercare"])
    #expect(stages.last?.optional == true)
    #expect(stages.last?.steps.map(\.text) == ["cp shop.log /safe/"])
    #expect(book.criteria.map(\.text) == ["Tell the owner"])
  }

  @Test func aTableOfChecksHasItsCommandsRun() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ```sh
      ./shop back
      ```
      ## Verification
      | Check | Command | Expected |
      |---|---|---|
      | Open | `curl -sf https://shop.test/open` | 200 |
      | Calm | ask the owner | yes |
      """)
    let steps = try #require(book.procedures.first?.stages.last).steps
    #expect(steps.map(\.title) == ["Open"])
    #expect(steps.map(\.role) == [.observe])
    #expect(steps.first?.expectations.count == 1)
    #expect(book.facts.contains { $0.line == 10 && $0.kind == .table })
  }

  @Test func whatIsFixedAfterwardsIsNotTheRollback() throws {
    let book = try read(
      """
      # Shop rollback
      ## Scenario 1: No prices
      1. Run `./prices.sh back`
      2. Fix the issue
      3. Test it with `./prices.sh try`
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.text) == ["./prices.sh back"])
    #expect(book.notRun.map(\.reason) == [.forward])
  }

  @Test func codeRunsOnlyWhereWordsSaySo() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ### Step 1: Flags
      ```js
      // Disable the new shelf
      flags.set("shelf", false)
      ```
      ```ts
      // src/shelf/index.ts
      export const shelf = 1
      ```
      **Result**:
      ```yaml
      shelf: old
      ```
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.line) == [5])
    #expect(book.notRun.map(\.reason) == [.example, .output])
  }

  private func steps(_ text: String) throws -> [Step] { try read(text).procedures.flatMap(\.stages).flatMap(\.steps) }

  @Test func aLabelGovernsWhatFollowsUpToTheNextLabel() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback the shelf
      **Commands**:
      ```sh
      ./shelf back
      ```
      **Backup Strategy**:

      Take one before the shelf is built anew:
      ```sh
      ./shelf save
      ```
      ```sh
      ./shelf build
      ```
      **Restart**:
      ```sh
      ./shelf restart
      ```
      Before upgrading the till, take a snapshot:
      ```sh
      ./till save
      ```
      Before deploying the previous till, make a backup:
      ```sh
      ./till back
      ```
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.line) == [5, 18, 26])
    #expect(book.notRun.map(\.reason) == [.backupAdvice, .backupAdvice, .backupAdvice])
  }

  @Test func whatIsDoneBeforeEachChangeIsNoPartOfTheRollback() throws {
    let book = try read(
      """
      # Shop rollback
      ## Shelf rollback
      ### Preparation (before every release)
      **1. Write the script**
      ```sh
      cp up.sql down.sql
      ```
      **2. Test rollback in staging**
      ```sh
      ./shelf back --staging
      ```
      ### Execution
      ```sh
      ./shelf back
      ```
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.line) == [14])
    #expect(book.notRun.map(\.reason) == [.prevention, .drill])
  }

  @Test func aHotfixLeadsForward() throws {
    let book = try read(
      """
      # Shop rollback
      ## Code rollback
      **Option A: Image**
      ```sh
      ./image back
      ```
      **Option B: Hotfix release**
      ```sh
      git checkout -b hotfix
      ```
      ## Revert the hotfix
      ```sh
      git revert hotfix
      ```
      """)
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.line) == [5, 13])
    #expect(book.notRun.map(\.reason) == [.forward])
  }

  @Test func whatTheRollbackBeganIsEndedAfterTheFix() throws {
    let found = try steps(
      """
      # Shop rollback
      ## Rollback Steps
      1. **Close the shop**
         ```sh
         ./shop close
         ```
      2. **Fix issue**
         - `git push origin fix`
      3. **Resume orders**
         ```sh
         ./shop open
         ```
      4. **Deploy fix elsewhere**
         ```sh
         ./shop deploy
         ```
      """)
    #expect(found.map(\.line) == [5, 11])
  }
}
