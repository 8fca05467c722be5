import Foundation
import Runbook
import Testing

@testable import RunbookReading

/// Small runbooks of our own, one for each rule of the table in the design.
@Suite struct SmallRunbookTests {
  private func read(_ text: String) throws -> Runbook { try RunbookReader().read(text, named: "ROLLBACK.md") }
  private func stage(_ body: String) throws -> Stage {
    let book = try read("# Undo the deployment\n\n## Rollback Steps\n\n### Step 1: Act\n\n\(body)\n")
    return try #require(book.procedures.first?.stages.first)
  }
  private func shape(_ stage: Stage) -> [String] {
    stage.steps.map { "\($0.kind.rawValue)/\($0.role.rawValue)\($0.choice.map { " " + $0.option } ?? "") \($0.text)" }
  }

  @Test func optionsInCommentsExcludeEachOther() throws {
    let stage = try stage(
      """
      ```sh
      # Option A: the image
      docker pull shop:1
      # then start it
      docker start shop

      # Option B: the code
      git checkout <tag>

      # Tell the load balancer
      ./lb enable shop
      ```

      - [ ] Shop answers
      """)
    #expect(
      shape(stage) == [
        "shell/change option-a docker pull shop:1", "shell/change option-a docker start shop",
        "shell/change option-b git checkout <tag>", "shell/change ./lb enable shop", "manual/observe Shop answers",
      ])
    #expect(stage.choices.map(\.id) == ["step-1"])
    #expect(stage.steps.map(\.id) == ["step-1/1", "step-1/2", "step-1/3", "step-1/4", "step-1/5"])
  }

  @Test func aChoiceEndsWithItsFence() throws {
    let stage = try stage("```sh\n# Undo one\n./undo 1\n\n# Or undo all\n./undo all\n```\n\n- [ ] Undone\n")
    #expect(
      shape(stage) == ["shell/change option-1 ./undo 1", "shell/change option-2 ./undo all", "manual/observe Undone"])
  }

  @Test func expectationsBelongToTheStepBefore() throws {
    let stage = try stage(
      "```sh\ncurl http://localhost/x\n# Should return 503 \"gone away\"\n```\n\n**Expected:** all is quiet\n")
    let checks = try #require(stage.steps.first).expectations
    #expect(checks.first?.expectation.httpStatus == 503)
    #expect(checks.first?.expectation.contains == ["gone away"])
    #expect(checks.last?.expectation.prose == "all is quiet")
  }

  @Test func commentsThatInstructAreManualSteps() throws {
    let stage = try stage("```python\n# Open the dashboard\n# Switch the flag off\n```\n")
    #expect(shape(stage) == ["manual/change Open the dashboard\nSwitch the flag off"])
  }

  @Test func settingsForAFileAreNoAssignments() throws {
    let stage = try stage("```sh\n# In .env file\nFEATURE_<NAME>=off\n\n# Restart\ndocker compose restart web\n```\n")
    guard case .config(let block) = try #require(stage.steps.first).action else {
      Issue.record("not settings")
      return
    }
    #expect(block.file == ".env")
    #expect(block.settings.map(\.name) == ["FEATURE_<NAME>"])
    #expect(stage.steps.count == 2)
  }

  @Test func whatGoesForwardDoesNotRun() throws {
    let book = try read(
      """
      # Rollback
      ## Rollback Steps
      ### 1. Stop
      ```sh
      ./stop
      ```
      ## Re-deploy after the fix
      ```sh
      ./deploy
      ```
      ## Troubleshooting
      ```sh
      ./debug
      ```
      ## Rollback Drill
      ```sh
      ./drill
      ```
      """)
    #expect(book.procedures.map(\.id) == ["full"])
    #expect(book.procedures.first?.stages.flatMap(\.steps).map(\.text) == ["./stop"])
    #expect(book.notRun.map(\.reason) == [.forward, .troubleshooting, .drill])
  }

  @Test func inlineCommandsRunWhereTheSentenceSaysSo() throws {
    let stage = try stage(
      "1. Run `fly releases` and note the version\n2. Never use `git push --force`\n3. Tell the team\n")
    #expect(shape(stage).first == "shell/observe fly releases")
    #expect(stage.steps.count == 3)
    #expect(!stage.steps.contains { $0.text == "git push --force" })
  }

  @Test func whatNeverReturnsIsInteractive() throws {
    let stage = try stage(
      "```sh\ntail -f a.log\nkubectl logs -f web\ncrontab -e\n# 0 2 * * * ./job\npsql\nnpm run dev\ngit revert HEAD\ndocker exec -it web ls /\ndocker exec -it web bash\nls\n```\n"
    )
    #expect(stage.steps.map(\.interactive) == [true, true, true, true, true, false, false, true, false])
    #expect(stage.steps[2].text == "crontab -e\n# 0 2 * * * ./job")
  }

  @Test func placeholdersOfEveryForm() throws {
    let book = try read(
      """
      # Rollback
      ## Rollback Steps
      ### Step 1: Act
      ```sh
      curl -H "k: YOUR_KEY" https://your-domain.com/v1/{id} -d '{"a": "{{a}}"}'
      git checkout <tag>
      cp backup_YYYYMMDD.sql x
      vercel promote [deployment-url]
      docker ps --format '{{.Names}}' | awk '{print $1}'
      [ -f x ] && echo "$REVISION"
      ```
      """)
    let holes = Dictionary(uniqueKeysWithValues: book.placeholders.map { ($0.spelling, $0.required) })
    #expect(
      holes == [
        "YOUR_KEY": true, "your-domain.com": false, "{id}": true, "{{a}}": false, "<tag>": true, "YYYYMMDD": true,
        "[deployment-url]": true, "$REVISION": false,
      ])
  }

  @Test func quantities() throws {
    #expect(Quantity.estimate("10-15 minutes")?.minimum == 600)
    #expect(Quantity.estimate("1.5-3 hours")?.maximum == 10_800)
    #expect(Quantity.estimate("< 5 minutes") == Estimate(minimum: nil, maximum: 300, text: "< 5 minutes"))
    #expect(Quantity.estimate("30+ minutes")?.maximum == nil)
    #expect(Quantity.estimate("5分")?.maximum == 300)
    #expect(Quantity.estimate("soon") == nil)
    let bound = try #require(Quantity.bound("Error rate >20% for 6+ hours"))
    #expect(bound == Quantity.Bound(quantity: "Error rate", comparison: .greater, bound: 20, unit: "%", window: 21_600))
    #expect(Quantity.bound("latency above 500ms for 5 minutes")?.unit == "ms")
    #expect(Quantity.bound("Data looks wrong") == nil)
  }

  @Test func theConvertedFormNamesEveryKey() throws {
    let book = try read("# Rollback\n\n## Rollback Steps\n\n### Step 1: Go\n\n```sh\nls\n```\n")
    let json = try JSONValue(parsing: CanonicalJSON.text(of: ConvertedRunbook(book)))
    let step = try #require(json.member(at: "procedures.0.stages.0.steps.0"))
    #expect(step["choice"] == .null)
    #expect(step["place"] == "here")
    #expect(json.member(at: "procedures.0.stages.0.risk") == .null)
    for key in ["title", "digest", "triggers", "decisionMatrix", "contacts", "criteria", "placeholders", "notRun"] {
      #expect(json[key] != nil)
    }
    #expect(json["digest"]?.stringValue == book.digest.hex)
  }
}
