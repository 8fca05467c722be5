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
    "verificar", "verifique", "comprobar", "comprueba", "vérifier", "vérifiez", "visit",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let headings = document.headings
    var ends: [Finding] = []
    var between: [PlacedStep] = []
    /// Where everything is looked at.
    var shared: Int?
    for run in document.runs {
      for index in Self.lastChanges(of: run) {
        let placed = run[index]
        let later = run.after(index)
        guard !Self.isChecked(placed, by: later.filter { $0.stage.id == placed.stage.id }, headings, in: document)
        else { continue }
        let others = later.filter { $0.stage.id != placed.stage.id }
        if let next = others.first, Self.isCheck(next.stage.title),
          !document.runbook.procedures.contains(where: { placed.step.line < $0.line && $0.line < next.stage.line })
        {
          continue
        }
        let look = others.first { Self.looks($0) }
        // Steps in a row are looked at when the last is done.
        if look != nil, Self.isNumbered(placed.stage.title) { continue }
        shared = shared ?? look?.step.line ?? Self.checkForAll(after: placed, headings, in: document)
        let isLooked = look != nil || Self.checkForAll(after: placed, headings, in: document) != nil
        guard !isLooked, !others.contains(where: Self.isChange) else {
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
    let only = shared.flatMap { $0 > lines.last ?? 0 ? $0 : nil }.map { "; line \($0) looks, after all of them" } ?? ""
    ends.append(
      finding(
        line: line, "“\(first.stage.title)” ends with a change, and has no check of its own\(more)\(only)",
        fix: Fix(title: "end each section with a check, with the answer that it must give")
      ).as(.note))
    return ends
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
      || placed.words.holds(looks) || placed.step.title.lowercased().holds(["verify", "check ", "confirm", "smoke"])
      || placed.step.kind != .manual && looksItself(placed) && placed.step.kind != .code
  }

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
    // "The script … restarts the services and verifies their health."
    if (max(1, first - 4)..<first).contains(where: { number in
      document.lowerLine(number).holds(["and verif", "verifies", "and check"])
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

  private static func isCheck(_ title: String) -> Bool {
    let title = title.lowercased()
    return title.holds(checks) || title.holds(sections) && !title.holds(forward)
  }

  /// The line of a later check for all: a section as high as the procedure's own or higher, or what must hold afterwards.
  private static func checkForAll(after placed: PlacedStep, _ headings: [Heading], in document: LintDocument) -> Int? {
    let level = headings.last { $0.line <= placed.procedure.line }?.level ?? 1
    let procedures = Set(document.runbook.procedures.map(\.line))
    for (index, heading) in headings.enumerated() where heading.line > placed.step.line && heading.level <= level {
      let title = heading.text.lowercased()
      guard isCheck(title), !procedures.contains(heading.line) else { continue }
      let end = headings[(index + 1)...].first { $0.level <= heading.level }?.line ?? document.lines.count + 1
      if title.holds(checks) || (heading.line..<end).contains(where: { tells(document.line($0)) }) {
        return heading.line
      }
    }
    return document.runbook.criteria.first { $0.kind == .criterion && $0.line > placed.step.line }?.line
  }

  /// Whether a line of prose tells somebody to look: the words that do stand at the beginning of a sentence.
  private static func tells(_ line: String) -> Bool {
    clauses(of: line).contains { verbs.contains($0.firstPlainWord ?? "") } || line.lowercased().holds(anywhere)
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
  private static let checks = TextSet(["verif", "validat", "smoke", "health check"] + elsewhere.dropFirst(2))

  /// Of sections that speak of the time before, of the next release, or of a drill.
  private static let forward: TextSet = [
    "pre-", "before", "prevent", "template", "deploy", "applying", "test", "during rollback", "incident", "issue",
    "making changes", "restor",
  ]

  /// Of sections that hold for every procedure above them.
  private static let sections: TextSet = [
    "verif", "check", "validat", "confirm", "monitor", "smoke", "after", "post-", "prüf", "comprob", "vérifi",
    "kiểm tra",
    "验证", "驗證", "检查", "回滚后", "確認", "ロールバック後", "확인", "провер", "doğrula", "kontrol", "pós-", "posterior",
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
