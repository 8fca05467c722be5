import Runbook

struct NoVerification: LintRule {
  let id = "no-verification"
  let severity = Finding.Severity.warning
  let summary = "Nothing after a procedure's or a section's last change says how to see that it worked."
  let explanation = """
    A command that exits 0 has not proven anything: the deploy may have failed, the service may be down, the rows may be
    the wrong ones. Where the last change of a procedure is followed by no query, no request, no expectation and no
    checkbox, each person decides for themselves when the rollback is over.

    Write the check that ends the procedure, and what it must answer: a request and its status, a count, a version.
    """
  let bad = "# Rollback\n\n## Rollback steps\n\n```bash\nkubectl rollout undo deployment/shop\n```\n"
  let good = """
    # Rollback

    ## Rollback steps

    ```bash
    kubectl rollout undo deployment/shop
    # Expected: the previous image
    kubectl get deployment shop -o wide
    ```
    """

  /// How a person is told to look.
  private static let looks: TextSet = [
    "verif", "check", "confirm", "monitor", "test", "ensure", "validat", "watch", "observe", "should ", "expect",
    "smoke", "healthy", "health", "look at", "make sure", "prüf", "comprob", "prueba", "vérifi", "kiểm tra", "验证",
    "驗證", "检查", "確認", "확인", "провер", "doğrula", "kontrol",
  ]
  /// How a sentence of prose begins that tells somebody to look.
  private static let verbs: Set<String> = [
    "verify", "verification", "verifying", "check", "checks", "confirm", "monitor", "monitoring", "test", "ensure",
    "validate", "validation", "watch", "observe", "expected", "expect", "smoke", "look", "make", "wait", "prüfen",
    "verificar", "verifique", "verificación", "verificação", "vérification", "comprobar", "comprueba", "vérifier",
    "vérifiez", "visit",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let headings = document.headings
    var known: ChecksForAll?
    var ends: [Finding] = []
    var between: [PlacedStep] = []
    /// Where the last of them is looked at.
    var shared: (line: Int, of: Int)?
    for run in document.runs {
      let lastLook = run.lastIndex(where: Self.looks) ?? 0
      let takesBack = run.contains { $0.commands.contains { $0.downgrade != nil } }
      for index in Self.lastChanges(of: run) {
        let placed = run[index]
        let later = run.after(index)
        guard !Self.isChecked(placed, by: later.filter { $0.stage.id == placed.stage.id }, headings, in: document),
          !Self.isCheckedBeforeItServes(index, in: run, of: document), !(takesBack && Self.isInList(placed, of: run))
        else { continue }
        let others = later.filter { $0.stage.id != placed.stage.id }
        if let next = others.first, Self.isCheck(next.stage.title),
          !document.runbook.procedures.contains(where: { placed.step.line < $0.line && $0.line < next.stage.line })
        {
          continue
        }
        // Steps in a row are looked at when the last is done.
        if index < lastLook, Self.isNumbered(placed.stage.title), others.contains(where: Self.looks) { continue }
        let checks = known ?? ChecksForAll(document)
        known = checks
        if checks.areBeside(placed) { continue }
        let look =
          index < lastLook ? others.first { Self.looks($0) && checks.hold(at: $0.step.line, for: placed) } : nil
        let line = look?.step.line ?? checks.line(for: placed)
        if let line, placed.step.line >= shared?.of ?? 0 { shared = (line, placed.step.line) }
        guard line == nil, !others.contains(where: Self.isChange) else {
          between.append(placed)
          continue
        }
        let what = placed.step.kind == .manual ? "“\(placed.step.title)”" : "`\(placed.step.text.firstLine)`"
        ends.append(
          finding(
            at: placed, "“\(placed.procedure.title)” ends with \(what), and nothing says how to see that it worked",
            fix: Fix(title: "add a check after it, with the answer that it must give")))
      }
    }
    ends = ends.once
    let lines = Set(between.map(\.step.line)).subtracting(ends.map(\.line)).sorted()
    guard let first = between.min(by: { $0.step.line < $1.step.line }), let line = lines.first else { return ends }
    let more = lines.count > 1 ? "; so do those that end with \(Shown.lines(Array(lines.dropFirst())))" : ""
    let isForAll = between.allSatisfy { placed in shared.map { known?.hold(at: $0.line, for: placed) ?? true } ?? false
    }
    let only =
      shared.map { isForAll && $0.line > lines.last ?? 0 ? "; line \($0.line) looks, after all of them" : "" } ?? ""
    let name = Self.name(of: first, in: document)
    ends.append(
      finding(
        line: line, "“\(name)” ends with a change, and has no check of its own\(more)\(only)",
        fix: Fix(title: "end each section with a check, with the answer that it must give")
      ).as(.note))
    return ends
  }

  /// The section that it stands in, which may be a part of its stage.
  private static func name(of placed: PlacedStep, in document: LintDocument) -> String {
    guard let section = document.outline.section(of: placed.step.line).map({ document.headings[$0] }),
      section.line > placed.stage.line
    else { return placed.stage.title }
    return section.text.filter { $0 != "*" && $0 != "`" }
  }

  /// The last change of each stage, by a machine; a choice has one for each option. Where machines change nothing, the
  /// last that a person changes, if they look nowhere.
  private static func lastChanges(of run: [PlacedStep]) -> [Int] {
    let changes = run.indices.filter { isChange(run[$0]) }
    let last = changes.filter { index in
      !changes.contains { other in
        other > index && run[other].stage.id == run[index].stage.id && !run[other].excludes(run[index])
      }
    }
    guard last.isEmpty else { return last }
    guard !run.contains(where: { $0.step.kind != .manual || $0.words.holds(looks) }) else { return [] }
    return run.lastIndex { $0.step.role == .change }.map { [$0] } ?? []
  }

  private static func isChange(_ placed: PlacedStep) -> Bool {
    placed.step.role == .change && placed.step.kind != .manual && !looks(placed) && !isCheck(placed.stage.title)
      && !placed.makesBackup
  }

  private static func looks(_ placed: PlacedStep) -> Bool {
    placed.step.role == .observe || placed.step.interactive || !placed.step.expectations.isEmpty
      || placed.words.holds(looks) || placed.step.title.lowercased().holds(titles)
      || placed.step.kind != .manual && looksItself(placed) && placed.step.kind != .code
  }

  private static let titles: TextSet = ["verify", "check ", "confirm", "smoke", "still works", "works again"]

  private static func isNumbered(_ title: String) -> Bool {
    let words = title.plainWords
    guard let first = words.first else { return false }
    return first.first?.isNumber ?? false
      || ["step", "phase", "schritt", "paso", "passo", "étape", "шаг"].contains(first)
      || ["步", "단계", "段階"].contains { title.contains($0) }
  }

  /// It shows something though it is not known to change nothing, defines what runs elsewhere, or only writes a note.
  private static func looksItself(_ placed: PlacedStep) -> Bool {
    if placed.step.kind == .code || placed.step.kind == .file || placed.step.interactive { return true }
    if !placed.sql.isEmpty, !placed.sql.contains(where: \.isChange) { return true }
    if placed.commands.allSatisfy({
      ["cat", "echo", "tee", "mail", "printf", "export", "cd", "date", "chmod"].contains($0.name)
    }),
      !placed.commands.isEmpty
    {
      return true
    }
    return placed.commands.contains { found in
      tellsOfLooking(found.scriptName ?? "") || tellsOfLooking(found.name)
        || found.arguments.contains(where: tellsOfLooking)
    }
  }

  private static func tellsOfLooking(_ word: String) -> Bool {
    word.lowercased().holds(lookingWords)
  }

  private static let lookingWords: TextSet = [
    "logs", "status", "health", "test", "valid", "verify", "check:", "list", "smoke", "monitor", "describe", "show",
    "wait", "tinker", "curl",
  ]

  /// Later steps of its stage look, or the prose of its section below it tells somebody to.
  private static func isChecked(
    _ placed: PlacedStep, by later: [PlacedStep], _ headings: [Heading], in document: LintDocument
  ) -> Bool {
    let line = placed.step.endLine
    let first = placed.step.line
    if !placed.step.expectations.isEmpty || later.contains(where: { $0.step.line != first && looks($0) }) {
      return true
    }
    if placed.step.kind == .code, placed.step.text.split(separator: "\n").contains(where: tellsInComment) {
      return true
    }
    // "The script … restarts the services and verifies their health."
    if (max(1, first - 4)..<first).contains(where: { number in
      document.lowerLine(number).holds(["and verif", "verifies", "and check"])
    }) {
      return true
    }
    // What a script does is told below it, in its block.
    let fenceEnd = document.fence(of: first)?.endLine ?? 0
    if (line + 1..<max(line + 1, min(fenceEnd, line + 40))).contains(where: { number in
      document.line(number).drop { $0.isWhitespace }.hasPrefix("#")
        && document.lowerLine(number).holds(["health check", "smoke test"])
    }) {
      return true
    }
    let next = headings.first { $0.line > line }
    if let next, isCheck(next.text) { return true }
    let end = next?.line ?? document.lines.count + 1
    let option = placed.step.choice.flatMap { choice in
      placed.stage.choices.first { $0.id == choice.choice }?.options.first { $0.line > line }?.line
    }
    return (line + 1..<max(line + 1, min(end, option ?? end))).contains { tells(document.line($0)) }
  }

  static func isCheck(_ title: String) -> Bool {
    let title = title.lowercased()
    return title.holds(checks) || title.holds(sections) && !title.holds(forward)
  }

  /// What was changed is looked at, and only then started, or published: "4. Verify the database", "5. Start the shop".
  private static func isCheckedBeforeItServes(_ index: Int, in run: [PlacedStep], of document: LintDocument) -> Bool {
    guard run[index].serves else { return false }
    let before = run[max(0, index - 40)..<index].last {
      $0.step.role == .change && !$0.serves && !$0.excludes(run[index]) && !looks($0) && !looksItself($0)
    }
    guard let before, !before.stops, before.step.endLine < run[index].step.line else { return false }
    return (before.step.endLine + 1..<run[index].step.line).contains { tells(document.line($0)) }
  }

  /// Of a list of commands, which nobody runs from top to bottom: it applies migrations, and then takes them back.
  private static func isInList(_ placed: PlacedStep, of run: [PlacedStep]) -> Bool {
    guard let tool = placed.commands.first?.call.first else { return false }
    let same = run.filter { $0.stage.id == placed.stage.id }.flatMap(\.commands).filter { $0.call.first == tool }
    guard let up = same.firstIndex(where: { !applying.isDisjoint(with: $0.call) }) else { return false }
    return same[up...].contains { $0.downgrade != nil }
  }

  private static let applying: Set<String> = ["up", "upgrade", "migrate:up", "migrate:latest", "db:migrate"]

  /// Whether a line of prose tells somebody to look: the words that do stand at the beginning of a sentence.
  static func tells(_ line: String) -> Bool {
    clauses(of: line).contains { verbs.contains($0.firstPlainWord ?? "") } || line.lowercased().holds(anywhere)
  }

  /// `// Verify that it is off`, in a language that is not read.
  private static func tellsInComment(_ line: Substring) -> Bool {
    let text = line.drop { $0.isWhitespace }
    return ["//", "#", "--"].contains { text.hasPrefix($0) } && verbs.contains(text.firstPlainWord ?? "")
  }

  private static let clauseEnds = ByteSet(".!:;-([]*")

  private static func clauses(of line: String) -> [Substring] {
    guard line.isASCII else { return line.split { ".!:;→-—([]*".contains($0) } }
    return line.utf8.split(whereSeparator: clauseEnds.contains).map(Substring.init)
  }

  private static let elsewhere = [
    "should ", "expected", "prüf", "comprob", "vérifi", "kiểm tra", "验证", "驗證", "检查", "確認", "확인", "провер",
    "doğrula", "kontrol",
  ]
  private static let anywhere = TextSet(elsewhere)
  static let checks = TextSet(["verif", "validat", "smoke", "health check"] + elsewhere.dropFirst(2))

  /// Of sections that speak of the time before, of the next release, or of a drill.
  private static let forward: TextSet = [
    "pre-", "before", "prevent", "template", "deploy", "applying", "test", "during rollback", "incident", "issue",
    "making changes", "restor",
  ]

  /// Of sections that hold for every procedure above them.
  private static let sections: TextSet = [
    "verif", "check", "validat", "confirm", "monitor", "smoke", "after", "post-", "prüf", "comprob", "vérifi",
    "kiểm tra",
    "验证", "驗證", "检查", "回滚后", "確認", "ロールバック後", "実施後", "확인", "провер", "doğrula", "kontrol", "pós-", "posterior",
  ]
}

extension String {
  /// For a message: the first line, cut where it is long.
  var firstLine: String {
    let line = String(split(separator: "\n").first ?? "")
    let text = line.hasSuffix(" \\") ? String(line.dropLast(2)) + " …" : line
    return text.count > 72 ? text.prefix(70) + "…" : text
  }
}
