import Foundation
import Runbook
import Testing

@testable import RunbookReading

@Suite struct BindingsTests {
  @Test func everyKeyIsRead() throws {
    let bindings = try BindingsReader.read(
      """
      service: shop
      environments: { staging: { connections: { default: { postgres: env:STAGING_URL } } } }
      runbooks:
        ROLLBACK.md:
          parameters:
            previous-commit-hash: { from: git rev-parse HEAD~1 }
            webhook_id: wh_2f1
            version: 1.10
            YOUR_API_KEY: { secret: env:API_KEY }
          endpoints: { https://api.example.com: http://127.0.0.1:9011 }
          commands: { sudo systemctl restart shop: ./world restart }
          connections: { default: { postgres: env:DATABASE_URL }, local: { sqlite: a.db } }
          procedures: { webhook-only: [step-1, step-3] }
          choices: { step-4: option-a }
          carry: [migrations]
          config_file: .env
          approvals: [tech-lead]
          steps:
            step-6/4:
              is: python migrations/004
              guard: { sql: SELECT count(*) FROM calls, expect: 0 }
              verify: { http: http://127.0.0.1:8001/health, expect: { status: 200, json: { a.b: c } } }
              timeout: 15m
            step-1/1: { verify: { run: date, expect: { "<=": 5 } }, skip: not here, restore: [a, b] }
      layers:
        image: { match: "kubectl set image deployment/{name} *", observe: "kubectl get deploy/{name}" }
      people: { tech-lead: { name: Ada, notify: "mail ada" } }
      settings: { keep.max: 2GiB, timeout: 20m, output_max: 1MiB, retention: 30 days, lock: default }
      """)
    let book = try #require(bindings.runbooks["ROLLBACK.md"])
    #expect(book.parameters["previous-commit-hash"] == .from(command: "git rev-parse HEAD~1"))
    #expect(book.parameters["version"] == .value("1.10"))
    #expect(book.parameters["YOUR_API_KEY"] == .secret(.environment("API_KEY")))
    #expect(book.connections["local"] == .sqlite("a.db"))
    #expect(book.endpoints["https://api.example.com"] == "http://127.0.0.1:9011")
    let step = try #require(book.steps["step-6/4"])
    #expect(step.guard?.expectation.equals == 0)
    #expect(step.verify?.expectation.httpStatus == 200)
    #expect(step.verify?.expectation.json == ["a.b": "c"])
    #expect(step.timeout == 900)
    #expect(book.steps["step-1/1"]?.verify?.expectation.comparison == .lessOrEqual)
    #expect(book.steps["step-1/1"]?.restore == ["a", "b"])
    #expect(
      bindings.settings
        == Settings(keepMaximum: 2 << 30, timeout: 1200, outputMaximum: 1 << 20, retentionDays: 30, lock: "default"))
    #expect(bindings.people["tech-lead"]?.name == "Ada")
    let staged = bindings.bindings(for: "ROLLBACK.md", environment: "staging")
    #expect(staged.connections["default"] == .postgres(.environment("STAGING_URL")))
  }

  @Test func theTemplateAsksForWhatThisMachineLacks() throws {
    let book = try RunbookReader().read(
      """
      # R

      ## Rollback Steps

      ### Step 1: Go there

      ```bash
      cd /srv/shop
      cd /srv
      cd ~/shop && git checkout v1
      curl -f http://127.0.0.1:8000/health
      curl -f "http://localhost:8000/health"
      curl -f 'http://[::1]:8000/health'
      curl -f https://shop.internal/health
      ```
      """, named: "ROLLBACK.md")
    let template = BindingsTemplate(book, hasFolder: { $0 == "/srv" })
    let text = template.text(service: "shop")
    #expect(text.contains("# line 8: /srv/shop is not on this machine\n      # \"cd /srv/shop\": cd .\n"))
    #expect(text.contains("# \"cd ~/shop\": cd .\n"))
    #expect(text.contains("\"cd /srv\"") == false)
    // What answers on this machine is called as it stands.
    #expect(text.contains("https://shop.internal") && !text.contains("http://"))
    #expect(
      template.missing(Bindings(service: "shop")).map { $0.prefix(23) } == [
        "commands: `cd /srv/shop", "commands: `cd ~/shop` o",
      ])
    let filled = text.replacingOccurrences(of: "# \"cd", with: "\"cd")
    #expect(template.missing(try BindingsReader.read(filled)) == [])
  }

  private func problem(_ text: String) -> BindingsError? {
    do {
      _ = try BindingsReader.read(text)
      return nil
    } catch { return error as? BindingsError }
  }

  @Test func unknownKeysNameTheNearest() throws {
    let error = try #require(problem("service: a\nrunbooks:\n  R.md:\n    paramters: {}\n"))
    #expect(error.line == 4)
    #expect(error.message.contains("`parameters`"))
    #expect(try #require(problem("runboks: {}")).message.contains("`runbooks`"))
    #expect(try #require(problem("runbooks: { R: { steps: { a/1: { guards: x } } } }")).message.contains("`guard`"))
  }

  @Test func aRunbooksKeyAtTheTopIsSentWhereItBelongs() throws {
    let above = try #require(problem("connections: { default: { postgres: env:DB } }\nrunbooks:\n  R.md: {}\n"))
    #expect(above.line == 1)
    #expect(
      above.message
        == "Unknown key `connections` in the document. It stands under `runbooks:`, below a runbook's name: "
        + "`runbooks: { R.md: { connections: … } }`.")
    #expect(try #require(problem("steps: {}")).message.contains("`runbooks: { ROLLBACK.md: { steps: … } }`"))
  }

  /// HEAD~1 is the release that runs, where the runbook was committed on top of it.
  /// Nobody knows what a script changes: its proof and its undo can only be said. A restart is undone by another.
  @Test func theTemplateOffersProofAndUndoOfAScript() throws {
    let book = try RunbookReader().read(
      "# R\n\n## Rollback\n\n```sh\ncd app\n./bin/restart.sh web\n./tools/back 3\ncurl http://localhost/\n```\n",
      named: "ROLLBACK.md")
    let text = BindingsTemplate(book).text(service: "shop")
    let lines = text.split(separator: "\n").filter { $0.contains("undo:") }
    #expect(lines.count == 2)
    #expect(lines.first?.hasSuffix("undo: \"./bin/restart.sh web\" }") == true, "\(text)")
    #expect(lines.last?.hasSuffix("undo: COMMAND }") == true, "\(text)")
    let filled = lines.map { line in
      line.replacing("# ", with: "").replacing("URL", with: "\"http://localhost/\"")
    }
    let bindings = try BindingsReader.read(
      "runbooks:\n  ROLLBACK.md:\n    steps:\n" + filled.joined(separator: "\n") + "\n")
    #expect(bindings.runbooks["ROLLBACK.md"]?.steps.values.filter { $0.undo != nil }.count == 2)
  }

  @Test func theTemplateSuggestsTheReleaseBeforeTheOneThatRuns() throws {
    let book = try RunbookReader().read(
      "# R\n\n## Rollback Steps\n\n### Step 1: Back\n\n```bash\ngit checkout <commit>\ngit revert <bad-commit>\n```\n",
      named: "ROLLBACK.md")
    let tagged = BindingsTemplate(book, previousRelease: "git describe --tags", remarks: ["commit": "two\nlines"])
      .text(service: "shop")
    #expect(tagged.contains("      # two lines\n      # commit: { from: \"git describe --tags\" }\n"), "\(tagged)")
    let none = BindingsTemplate(book).text(service: "shop")
    for text in [tagged, none] {
      #expect(!text.contains("HEAD~1") && text.contains("# bad-commit: value   # a commit that"), "\(text)")
    }
    #expect(none.contains("# commit: value   # a commit that `git log --oneline` lists"), "\(none)")
  }

  @Test func secretsAreReferences() throws {
    let error = try #require(problem("runbooks:\n  R.md:\n    parameters:\n      K: { secret: hunter2 }\n"))
    #expect(error.line == 4)
    #expect(!error.message.contains("hunter2"))
    let password = try #require(
      problem("runbooks: { R: { connections: { default: { postgres: \"postgres://u:hunter2@h/d\" } } } }"))
    #expect(!password.message.contains("hunter2"))
  }

  @Test func theSameKeyTwiceIsAnError() throws {
    #expect(try #require(problem("service: a\nservice: b\n")).message.contains("`service`"))
  }

  @Test func bombsAreRefused() throws {
    var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in 1...9 {
      let alias = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append("a\(level): &a\(level) [\(alias)]")
    }
    #expect(try #require(problem(lines.joined(separator: "\n"))).message.contains("aliases"))
    #expect(try #require(problem("a: " + String(repeating: "[", count: 100_000))).message.contains("nested"))
    #expect(try #require(problem(String(repeating: "- ", count: 100_000) + "a")).message.contains("nested"))
    #expect(problem("a: " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200)) != nil)
    #expect(problem("a: [") != nil)
    #expect(problem("") == nil)
  }
}
