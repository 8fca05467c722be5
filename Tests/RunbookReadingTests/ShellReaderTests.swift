import Runbook
import Testing

@testable import RunbookReading

@Suite struct ShellReaderTests {
  private func parse(_ text: String) -> [ShellStatement] { ShellReader().statements(of: text, line: 1) }
  private func commands(_ text: String) throws -> [ParsedCommand] { try #require(parse(text).first).commands }

  @Test func anglePlaceholdersStayAsWritten() throws {
    let command = try #require(try commands("git checkout <previous-commit-hash> -- a/ <x>.py").first)
    #expect(command.words.map(\.value) == ["git", "checkout", "<previous-commit-hash>", "--", "a/", "<x>.py"])
    #expect(command.redirections.isEmpty)
  }

  @Test func redirectionsStayRedirections() throws {
    let command = try #require(try commands("sort <in.txt >out.txt 2>&1").first)
    #expect(command.words.map(\.value) == ["sort"])
    #expect(command.redirections.map(\.operator) == ["<", ">", ">&"])
    #expect(command.redirections.map(\.target.value) == ["in.txt", "out.txt", "1"])
    #expect(command.redirections.last?.descriptor == 2)
    let continued = try #require(try commands("echo new > \\\n  a.txt").first)
    #expect(continued.redirections.map(\.operator) == [">"])
    let all = try #require(try commands("x >>a >|b <>c &>d &>>e <<<f >&g").first)
    #expect(all.redirections.map(\.operator) == [">>", ">|", "<>", "&>", "&>>", "<<<", ">&"])
  }

  @Test func anOpaqueStatementLeavesItsNeighboursAlone() {
    let statements = parse("git status\necho )( broken\ngit log")
    #expect(statements.map(\.isOpaque) == [false, true, false])
    #expect(statements.map(\.text) == ["git status", "echo )( broken", "git log"])
  }

  @Test func aQuoteThatNothingClosesSpoilsOneLine() {
    let statements = parse("git status\necho it's done\ngit log\n\ngit diff")
    #expect(statements.filter { !$0.isOpaque }.map(\.text) == ["git status", "git log", "git diff"])
    #expect(statements.count == 4)
  }

  @Test func heredocsAreBodies() throws {
    let statements = parse("cat > a.txt << 'EOF'\n# not a comment\nSELECT 1;\nEOF\nls")
    #expect(statements.count == 2)
    let redirections = try #require(statements.first?.commands.first?.redirections)
    #expect(redirections.map(\.operator) == [">", "<<"])
    #expect(redirections.last?.body == "# not a comment\nSELECT 1;\n")
  }

  @Test func aBodyBelowALaterRedirectionBelongsToTheStatement() throws {
    let statement = try #require(parse("cat <<EOF > out.md\na $X\nEOF\nls").first)
    #expect(statement.text == "cat <<EOF > out.md\na $X\nEOF")
    #expect(statement.commands.first?.redirections.first?.body == "a $X\n")
  }

  @Test func sqlIsCutOut() throws {
    let items = try ShellReader().read([
      ShellText(text: "ls\nDELETE FROM calls WHERE id > 5;\nselect x in a b; do echo $x; done", line: 7)
    ])
    let kinds = items[0].map { item -> String in
      switch item {
      case .sql(let sql): "sql \(sql.line) \(sql.text)"
      case .statement(let located): "shell \(located.line) \(located.statement.text)"
      default: "-"
      }
    }
    #expect(
      kinds == ["shell 7 ls", "sql 8 DELETE FROM calls WHERE id > 5;", "shell 9 select x in a b; do echo $x; done"])
  }

  @Test func placesAreTakenOff() throws {
    func place(_ text: String) throws -> (String, [String]) {
      let command = try #require(try commands(text).first)
      return (command.place.label, command.words.map(\.valueOrText))
    }
    #expect(try place("sudo -u postgres psql -c x") == ("sudo:postgres", ["psql", "-c", "x"]))
    #expect(
      try place("docker compose -f p.yml exec -T gateway alembic downgrade -1") == (
        "container:gateway", ["alembic", "downgrade", "-1"]
      ))
    #expect(try place("docker exec -it web bash") == ("container:web", ["bash"]))
    #expect(try place("kubectl -n prod exec -it web-0 -- ls /") == ("pod:web-0", ["ls", "/"]))
    #expect(
      try place("ssh -p 22 deploy@host sudo systemctl restart app") == (
        "ssh:deploy@host>sudo", ["systemctl", "restart", "app"]
      ))
    #expect(try place("ssh host") == ("here", ["ssh", "host"]))
    let remote = try commands("ssh host 'cd /srv && git pull'")
    #expect(remote.map { $0.words.map(\.valueOrText) } == [["cd", "/srv"], ["git", "pull"]])
    #expect(remote.map(\.place.label) == ["ssh:host", "ssh:host"])
    let prefix = try #require(try commands("docker compose exec gateway ls").first).place.prefix
    #expect(prefix == ["docker", "compose", "exec", "-T", "gateway"])
  }

  @Test func contextsSayWhatAPlanCanPromise() throws {
    #expect(try commands("a && b || c").map(\.context) == [.sequence, .sequence, .sequence])
    #expect(try commands("a | b").map(\.context) == [.pipeline, .pipeline])
    #expect(try commands("if a; then b; fi").map(\.context) == [.controlFlow, .controlFlow])
    #expect(try commands("echo $(date)").map(\.context) == [.alone, .substitution])
    #expect(try commands("sleep 5 &").map(\.background) == [true])
  }

  @Test func aMemberOfAPipelineKnowsWhatFeedsIt() throws {
    func feeds(_ text: String) throws -> [String?] {
      try commands(text).map { command in
        command.feed.map { feed in
          let input = feed.input.map { " <\($0.valueOrText)" } ?? ""
          return "\(feed.place.label): \(feed.words.map(\.valueOrText).joined(separator: " "))\(input)"
        }
      }
    }
    #expect(try feeds("cat a.sql | psql -d x") == [nil, "here: cat a.sql"])
    #expect(try feeds("cat a | gunzip | psql") == [nil, "here: cat a", "here: gunzip"])
    #expect(try feeds("gunzip -c <a.gz | psql") == [nil, "here: gunzip -c <a.gz"])
    #expect(try feeds("sudo cat a | docker compose exec -T db psql") == [nil, "sudo: cat a"])
    #expect(try feeds("ssh host 'cat a | psql'") == [nil, "ssh:host: cat a"])
    #expect(try feeds("cat a | ssh host 'psql x; ls'") == [nil, "here: cat a", nil])
    #expect(try feeds("(cat a; cat b) | psql") == [nil, nil, nil])
    #expect(try feeds("cat a | (psql x)") == [nil, nil])
    #expect(try feeds("a && cat b || psql") == [nil, nil, nil])
    let inner = try #require(try commands("ssh host 'psql <a' >b").first)
    #expect(inner.redirections.map { $0.place?.label } == ["ssh:host", nil])
  }

  @Test func wordsTellWhatIsKnown() throws {
    let command = try #require(try commands(#"A=1 cp "$X/a b" 'c d' e\ f *.md ~/x {a,b} "${Y:-z}" $(date)"#).first)
    #expect(command.assignments.map(\.name) == ["A"])
    #expect(command.words.map(\.value) == ["cp", nil, "c d", "e f", nil, nil, nil, nil, nil])
    #expect(command.words[1].variables == ["X"])
    #expect(command.words[4].hasGlob)
    #expect(command.words[8].hasCommandSubstitution)
    let export = try #require(try commands("export VERSION=0.4.0").first)
    #expect(export.words.map(\.value) == ["export", "VERSION=0.4.0"])
  }

  @Test func compoundCommandsAreOneStatement() {
    let statements = parse(
      "for i in 1 2; do\n  echo $i\ndone\nf() {\n  ls\n}\nls \\\n  -l && \\\n  pwd\ncase $x in\n a) ls;;\nesac")
    #expect(statements.count == 4)
    #expect(statements.allSatisfy { !$0.isOpaque })
  }

  @Test func aMissingShfmtIsSaid() {
    #expect(throws: ReadingError.missingTool(name: "no-such-shfmt", install: "apt-get install shfmt")) {
      try ShellReader(tool: "no-such-shfmt").check()
    }
  }

  @Test func sqlNature() {
    #expect(
      SQLReader.nature(of: "WITH a AS (SELECT 1) SELECT * FROM a") == SQLNature(isReadOnly: true, isDestructive: false))
    #expect(
      SQLReader.nature(of: "WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a")
        == SQLNature(isReadOnly: false, isDestructive: true))
    #expect(SQLReader.nature(of: "EXPLAIN DELETE FROM t") == SQLNature(isReadOnly: true, isDestructive: false))
    #expect(SQLReader.nature(of: "EXPLAIN ANALYZE DELETE FROM t").isReadOnly == false)
    #expect(SQLReader.nature(of: "SELECT pg_terminate_backend(1)").isReadOnly == false)
    #expect(SQLReader.nature(of: "SHOW server_version").isReadOnly)
    #expect(SQLReader.nature(of: "DELETE FROM t WHERE id = <id>") == SQLNature(isReadOnly: false, isDestructive: true))
    let pieces = SQLReader.pieces(of: "-- a\nSELECT 1; -- one\n\nUPDATE t\nSET a = ';'\nWHERE b;\nSELECT 2", line: 10)
    let lines = pieces.compactMap { piece -> [Int]? in
      if case .statement(let statement) = piece { [statement.line, statement.endLine] } else { nil }
    }
    #expect(lines == [[11, 11], [13, 15], [16, 16]])
  }
}
