import Runbook
import Testing

@testable import RunbookReading

/// What single commands of public runbooks do, where it was misread once: `CommandNature`.
@Suite struct CommandNatureTests {
  /// What stands in a shell fence of the rollback.
  private func steps(_ shell: String) throws -> [Step] {
    let text = "# Rollback\n\n## Rollback Steps\n\n```sh\n\(shell)\n```\n"
    return try RunbookReader().read(text, named: "ROLLBACK.md").procedures.flatMap(\.stages).flatMap(\.steps)
  }

  /// The roles and whether they are interactive, of one command a line.
  private func natures(_ commands: [String], comment: String = "") throws -> [Step] {
    let lines = commands.map { (comment.isEmpty ? "" : "# \(comment)\n") + $0 }
    let found = try steps(lines.joined(separator: "\n\n"))
    #expect(found.count == commands.count)
    return found
  }

  @Test func rolesByWhatTheVerbSays() throws {
    let commands: [(String, Step.Role)] = [
      ("docker compose -f a.yml ps", .observe), ("docker compose -f a.yml up -d", .change),
      ("fly releases rollback v9", .change), ("fly postgres backups list", .observe), ("netlify deploy:list", .observe),
      ("git reflog expire --all", .change), ("kubectl get deploy", .observe), ("npm run db:backups:list", .observe),
      ("npm run db:restore", .change), ("python scripts/points.py list --all", .observe), ("shop logs -f", .observe),
      ("kubectl apply -f a.yml --dry-run=client", .observe), ("php artisan migrate:status", .observe),
      ("php artisan migrate:rollback", .change), ("aws s3api get-object --bucket a --key b c", .change),
    ]
    let found = try steps(commands.map(\.0).joined(separator: "\n"))
    #expect(found.count == commands.count)
    for (step, command) in zip(found, commands) { #expect(step.role == command.1, "\(command.0)") }
  }

  @Test(arguments: [
    (#"find shop -name '*.bak' -exec chmod 640 {} \;"#, #"find shop -name '*.bak' -exec chmod 640 {} \;"#),
    (#"find shop -exec rm {} \; ;"#, #"find shop -exec rm {} \;"#), (#"printf '%s' a\\;"#, #"printf '%s' a\\"#),
    ("systemctl stop shop;", "systemctl stop shop"),
  ])
  func theSemicolonThatACommandNeedsStays(written: String, kept: String) throws {
    guard case .shell(let statement) = try natures([written])[0].action else {
      Issue.record("no command")
      return
    }
    #expect(statement.text == kept)
  }

  @Test func whatFindRunsDecidesWhetherItDestroys() throws {
    let found = try natures([#"find a -exec rm {} \;"#, #"find a -exec grep x {} \;"#, "find a -delete"])
    #expect(found.map(\.destructive) == [true, false, true])
  }

  @Test func optionsAndVerbsThatOnlyLook() throws {
    let looking = [
      "shopd --config a.json --validate", "go run ./cmd/shop validate-config --config=a.yml",
      "supabase db list-backups",
      "migrate -path ./m -database x version", "./scripts/post-rollback-verify.sh", "bun run lint",
    ]
    #expect(try natures(looking).map(\.role) == Array(repeating: .observe, count: looking.count))
    let changing = [
      "kubectl apply --validate -f a.yml", "shopctl cost today", "php artisan view:clear", "migrate -path ./m up",
      "./scripts/post-rollback.sh",
    ]
    #expect(try natures(changing).map(\.role) == Array(repeating: .change, count: changing.count))
    #expect(try natures(["nano a.json"], comment: "Inspect the file").map(\.role) == [.observe])
    #expect(try natures(["nano a.json"], comment: "Check and fix the file").map(\.role) == [.change])
  }

  @Test func whatFollowsALogIsInteractive() throws {
    let following = [
      "aws logs tail shop --follow", "gordon logs -f shop", "fly logs -a shop", "ssh shop", "ssh -t shop top",
    ]
    #expect(try natures(following).allSatisfy(\.interactive))
    let ending = [
      "aws logs tail shop", "gordon logs shop", "fly logs -a shop --no-tail", #"ssh $HOST "cd $DIR && git pull""#,
      "while read -r f; do rm \"$f\"; done < list.txt", "cat list.txt | while read -r f; do touch \"$f\"; done",
    ]
    for step in try natures(ending) { #expect(!step.interactive, "\(step.title)") }
  }

  @Test func bothBranchesOfAConditionCount() throws {
    let found = try natures([
      #"if [ "$a" = 1 ]; then echo yes; elif [ "$a" = 2 ]; then echo two; else rm -r shelf; fi"#,
      #"for i in 1 2; do if [ "$i" = 1 ]; then ls a; else ls b; fi; sleep 1; done"#,
    ])
    #expect(found.map(\.role) == [.change, .observe])
    #expect(found.map(\.destructive) == [true, false])
  }
}
