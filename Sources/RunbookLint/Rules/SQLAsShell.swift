import Runbook

struct SQLAsShell: LintRule {
  let id = "sql-as-shell"
  let severity = Finding.Severity.error
  let readsAsides = true
  let summary = "SQL, or what is typed at a prompt, stands among shell commands."
  let explanation = """
    Pasted into a terminal, `SELECT …` is "command not found", and `DELETE … WHERE id > 5` writes a file named `5`.
    Who reads the runbook may know that it is meant for `psql`; the terminal does not.

    Put SQL in a `sql` fence, or hand it over: `psql "$DATABASE_URL" -c 'SELECT …'`.
    """
  let bad = Example.shell("docker compose restart app\nSELECT COUNT(*) FROM orders WHERE total > 5;")
  let good = Example.shell(
    "docker compose restart app\npsql \"$DATABASE_URL\" -c 'SELECT COUNT(*) FROM orders WHERE total > 5'")

  func findings(in document: LintDocument) -> [Finding] {
    // Once for a fence: who writes one statement there writes all of them there.
    var order: [Int] = []
    var fences: [Int: (first: Finding, endLine: Int, count: Int)] = [:]
    let all = document.fences
    for placed in document.steps {
      let line = placed.step.line
      guard let fence = all.first(where: { $0.line < line && line < $0.endLine }), fence.isShell,
        let found = finding(at: placed, language: fence.language)
      else { continue }
      if let known = fences[fence.line] {
        fences[fence.line] = (known.first, placed.step.endLine, known.count + 1)
      } else {
        order.append(fence.line)
        fences[fence.line] = (found, placed.step.endLine, 1)
      }
    }
    return order.compactMap { line in
      guard let fence = fences[line] else { return nil }
      var found = fence.first
      if fence.count > 1 { found.message += "; so it is with \(fence.count - 1) more here" }
      found.endLine = max(found.endLine, fence.endLine)
      return found
    }
  }

  private func finding(at placed: PlacedStep, language: String) -> Finding? {
    switch placed.step.action {
    case .sql(let sql):
      let verb = sql.text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? "SQL"
      var message = "`\(Shown.text(sql.text))` is SQL in a `\(language)` fence: no command is called `\(verb)`"
      if let file = redirected(sql.text) { message += ", and the shell would write a file named `\(file)`" }
      return finding(at: placed, message, fix: Fix(title: "a `sql` fence, or psql -c '…'"))
    case .shell(let statement):
      guard let word = prompt(statement) else { return nil }
      return finding(
        at: placed, "`\(Shown.text(statement.text))` is typed at a prompt: the shell has no command `\(word)`",
        fix: Fix(title: "hand it to the client as an argument, such as psql -c '…' or mongosh --eval '…'"))
    default: return nil
    }
  }

  /// The file that a comparison would write.
  private func redirected(_ sql: String) -> String? {
    let bare = ShellScan.bare(sql)
    // With a parenthesis in it, it is a syntax error before anything is written.
    guard !bare.contains("("), !bare.contains(")") else { return nil }
    let words = bare.split(whereSeparator: \.isWhitespace)
    guard let index = words.firstIndex(of: ">"), words.indices.contains(index + 1) else { return nil }
    let name = words[index + 1].prefix { $0.isLetter || $0.isNumber }
    return name.isEmpty ? nil : String(name)
  }

  /// The first word of what only a client's prompt understands.
  private func prompt(_ statement: ShellStatement) -> String? {
    let text = statement.text.drop { $0.isWhitespace }
    let first = text.prefix { !$0.isWhitespace }
    if first.hasPrefix("\\"), first.count <= 3, first.dropFirst().first?.isLetter ?? false { return String(first) }
    if first == ">>>" || first == "mysql>" || first == "postgres=#" || first == "redis>" { return String(first) }
    let isMongo = first.hasPrefix("db.") && first.contains("(")
    return isMongo ? String(first.prefix { $0 != "(" }) : nil
  }
}
