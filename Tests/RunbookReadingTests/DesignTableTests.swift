import Runbook
import Testing

@testable import RunbookReading

/// Rows of the design's table, each in words of our own.
@Suite struct DesignTableTests {
  private func read(_ text: String) throws -> Runbook { try RunbookReader().read(text, named: "ROLLBACK.md") }

  @Test func boldKeysStateRiskEstimateAndSymptoms() throws {
    let book = try read(
      """
      # Shop rollback

      ## Scenario A: Empty baskets

      **Symptoms:** baskets lose their contents
      **Risk:** high

      **Recovery Time:** 10-15 minutes

      ```sh
      ./basket restore
      ```

      ## Scenario B: Slow search

      **Issue**: searches take seconds

      **Duration:** < 5 minutes

      ```sh
      ./search rebuild
      ```
      """)
    #expect(book.procedures.map(\.id) == ["scenario-a", "scenario-b"])
    let first = try #require(book.procedure("scenario-a"))
    #expect(first.symptoms.first?.hasPrefix("baskets lose their contents") == true)
    #expect(first.estimate == Estimate(minimum: 600, maximum: 900, text: "10-15 minutes"))
    let second = try #require(book.procedure("scenario-b"))
    #expect(second.symptoms == ["searches take seconds"])
    #expect(second.estimate?.maximum == 300)
    #expect(second.estimate?.minimum == nil)
  }

  @Test func whatIsExpectedVerifiesTheStepBefore() throws {
    let book = try read(
      """
      # Shop rollback

      ## Rollback Steps

      ### Step 1: Look

      ```sh
      ./shop version
      ```

      **Expected output:**

      ```
      shop 1.4
      state: calm
      ```

      ### Step 2: Ask

      ```sh
      curl -s https://shop.example.com/ready
      ```

      Expected:
      - Answers within a second
      - No warnings
      """)
    let stages = try #require(book.procedures.first).stages
    let first = try #require(stages.first?.steps.first)
    #expect(first.expectations.map(\.expectation.contains) == [["shop 1.4", "state: calm"]])
    #expect(first.expectations.allSatisfy { $0.role == .verification && $0.question == .output })
    #expect(
      stages.last?.steps.first?.expectations.map(\.expectation.prose) == ["Answers within a second", "No warnings"])
  }

  @Test func checkboxesConfirmAfterTheSteps() throws {
    let book = try read(
      """
      # Shop rollback

      ## Before you begin

      - [ ] Till is closed

      ## Rollback Steps

      ### Step 1: Go back

      ```sh
      ./shop back
      ```

      - [ ] Till opens
      - [x] Receipts print
      """)
    let stages = try #require(book.procedures.first).stages
    #expect(stages.map(\.id) == ["before", "step-1"])
    #expect(
      stages.flatMap(\.steps).map(\.action).filter { if case .confirm = $0 { true } else { false } } == [
        .confirm("Till is closed"), .confirm("Till opens"), .confirm("Receipts print"),
      ])
    #expect(stages.last?.steps.map(\.id) == ["step-1/1", "step-1/2", "step-1/3"])
  }

  @Test func optionsInHeadingsAndListsExcludeEachOther() throws {
    let book = try read(
      """
      # Shop rollback

      ## Rollback Steps

      ### Step 1: Go back

      #### Option A: the image

      ```sh
      docker pull shop:1
      ```

      #### Option B: the code

      ```sh
      git checkout v1
      ```

      ### Step 2: Empty the cache

      - Option 1: Run `redis-cli flushdb`
      - Option 2: Run `./cache clear`
      """)
    let stages = try #require(book.procedures.first).stages
    #expect(
      stages.flatMap(\.choices).map { $0.options.map(\.id) } == [["option-a", "option-b"], ["option-1", "option-2"]])
    #expect(stages.flatMap(\.choices).map(\.id) == ["step-1", "step-2"])
    #expect(stages.flatMap(\.steps).map { $0.choice?.option } == ["option-a", "option-b", "option-1", "option-2"])
    #expect(stages.flatMap(\.steps).allSatisfy { !$0.optional })
  }

  @Test func aConditionBeforeOptionsIsTheirQuestion() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ### Step 1: Clean
      ```sql
      -- If any are left, choose one
      -- Option 1: Throw them away
      DELETE FROM carts WHERE stale;

      -- Option 2: Mark them
      UPDATE carts SET stale = false;
      ```
      """)
    let stage = try #require(book.procedures.first?.stages.first)
    #expect(stage.choices.map(\.question) == ["If any are left, choose one"])
    #expect(stage.steps.map(\.optional) == [false, false])
    #expect(stage.steps.map { $0.choice?.option } == ["option-1", "option-2"])
  }

  @Test func fenceAttributesAreFacts() throws {
    let book = try read(
      """
      # Shop rollback
      ## Rollback Steps
      ### Step 1: Go
      ```sh {name=deploy interactive=false}
      tail -f shop.log
      ```
      """)
    let step = try #require(book.procedures.first?.stages.first?.steps.first)
    #expect(step.attributes == ["name": "deploy", "interactive": "false"])
    #expect(!step.interactive)
  }

  @Test func timesAreRanges() throws {
    let book = try read(
      """
      # Shop rollback

      ## Rollback Steps

      ### Step 1: Stop the till (2 minutes)
      ```sh
      ./till stop
      ```

      ### Step 2: Restore prices
      ```sh
      ./prices restore
      ```

      ## Time estimates

      | Step | Duration |
      |---|---|
      | Restore prices | 5-10 minutes |
      | Total | 1.5-3 hours |
      """)
    let procedure = try #require(book.procedure("full"))
    #expect(procedure.stages.map(\.estimate?.minimum) == [120, 300])
    #expect(procedure.stages.map(\.estimate?.maximum) == [120, 600])
    #expect(procedure.estimate == Estimate(minimum: 5400, maximum: 10_800, text: "1.5-3 hours"))
  }

  @Test func peopleInTheirOrder() throws {
    let book = try read(
      """
      # Shop rollback

      ## Contacts

      - Till team: till@shop.test

      **Escalation:**
      1. **Shift lead** (at once)
      2. **Owner** - after an hour
      """)
    #expect(book.contacts.map(\.role) == ["Till team", "Shift lead", "Owner"])
    #expect(book.contacts.map(\.detail) == ["till@shop.test", "at once", "after an hour"])
    #expect(book.contacts.map(\.escalation) == [nil, 1, 2])
  }

  @Test func criteriaAndAfterCare() throws {
    let book = try read(
      """
      # Shop rollback

      ## Success criteria

      - Error rate < 1%
      - Tills agree

      ## Post-rollback

      - Monitor the tills for 24-48 hours
      - Write the report
      """)
    #expect(book.criteria.map(\.kind) == [.criterion, .criterion, .criterion, .task])
    #expect(book.criteria.first?.comparison == .less)
    #expect(book.criteria.first?.bound == 1)
    #expect(book.criteria[2].duration?.minimum == 86_400)
    #expect(book.criteria[2].duration?.maximum == 172_800)
  }

  @Test func retentionIsAFact() throws {
    let book = try read(
      """
      # Shop rollback

      ## Notes

      Old tills are preserved for **90 days**.

      - Keep images for 30 days
      """)
    #expect(book.facts.filter { $0.kind == .retention }.map(\.line) == [5, 7])
  }

  @Test func triggersAndTheDecisionMatrix() throws {
    let book = try read(
      """
      # Shop rollback

      ## When to roll back

      - Failed sales >20% for 6+ hours
      - Customers complain

      ## Decision matrix

      | Severity | Action | Approval Required |
      |---|---|---|
      | P0 | Roll back within 1 hour | Owner |
      """)
    #expect(book.triggers.map(\.bound) == [20, nil])
    #expect(book.triggers.first?.window == 21_600)
    let rule = try #require(book.decisionMatrix.first)
    #expect(rule.severity == "P0")
    #expect(rule.within == 3600)
    #expect(rule.approval == "Owner")
  }

  @Test func partialOptionsInProseAreNoProcedures() throws {
    let book = try read(
      """
      # Shop rollback

      ## Rollback Steps

      ### Step 1: Rollback prices
      ```sh
      ./prices back
      ```

      ### Step 2: Rollback code
      ```sh
      git checkout v1
      ```

      ## Partial options

      ### Option 1: Prices only
      - Rollback prices
      - Keep the code

      ### Option 2: Everything
      - Rollback prices
      - Rollback code
      """)
    #expect(book.procedures.map(\.id) == ["full"])
    let facts = book.facts.filter { $0.kind == .partial }
    #expect(
      facts.map(\.text) == [
        "Option 1: Prices only\nRollback prices\nKeep the code",
        "Option 2: Everything\nRollback prices\nRollback code",
      ])
    let template = BindingsTemplate(book).text(service: "shop")
    #expect(template.contains("# option-1: [step-1]\n"))
    #expect(template.contains("# option-2: [step-1, step-2]\n"))
  }

  @Test func optionsOfInstructionsAreProcedures() throws {
    let book = try read(
      """
      # Shop rollback

      ## Rollback options

      ### Option 1: By hand
      1. Open the till
      2. Press "Back"

      ### Option 2: By script
      ```sh
      ./back
      ```
      """)
    #expect(book.facts.allSatisfy { $0.kind != .partial })
    #expect(book.procedures.flatMap(\.stages).flatMap(\.steps).map(\.kind) == [.manual, .manual, .shell])
  }
}
