import Runbook

struct NoVerification: LintRule {
  let id = "no-verification"
  let severity = Finding.Severity.warning
  let summary = "Nothing after a procedure's last change says how to see that it worked."
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

  private static let looks = [
    "verif", "check", "confirm", "monitor", "test", "ensure", "validat", "watch", "observe", "should ", "expect",
    "smoke",
    "healthy", "health", "look at", "make sure", "prüf", "comprob", "prueba", "vérifi", "kiểm tra", "验证", "驗證", "检查",
    "確認", "확인", "провер", "doğrula", "kontrol",
  ]

  func findings(in document: LintDocument) -> [Finding] {
    let lateChecks = document.runbook.criteria.filter {
      $0.kind == .criterion || $0.text.lowercased().holds(Self.looks)
    }
    let headings = document.headings
    return document.runs.compactMap { run -> Finding? in
      guard let last = Self.lastChange(of: run) else { return nil }
      let placed = run[last]
      let line = placed.step.line
      let after = run[last...].contains { other in
        !other.step.expectations.isEmpty
          || other.step.line != line && (other.step.role == .observe || other.step.interactive)
          || other.words.holds(Self.looks)
      }
      guard !after, !lateChecks.contains(where: { $0.line > line }),
        !Self.isFollowedByCheck(placed, headings: headings, in: document)
      else { return nil }
      let what = placed.step.kind == .manual ? "“\(placed.step.title)”" : "`\(placed.step.text.firstLine)`"
      return finding(
        at: placed, "“\(placed.procedure.title)” ends with \(what), and nothing says how to see that it worked",
        fix: Fix(title: "add a check after it, with the answer that it must give"))
    }.once
  }

  /// The last change that a machine makes; where there is none, the last that a person makes, if they look nowhere.
  private static func lastChange(of run: [PlacedStep]) -> Int? {
    if let last = run.lastIndex(where: { $0.step.role == .change && $0.step.kind != .manual && !looksItself($0) }) {
      return last
    }
    guard !run.contains(where: { $0.step.kind != .manual || $0.words.holds(looks) }) else { return nil }
    return run.lastIndex { $0.step.role == .change }
  }

  /// It shows something though it is not known to change nothing, defines what runs elsewhere, or only writes a note.
  private static func looksItself(_ placed: PlacedStep) -> Bool {
    if placed.step.kind == .code || placed.step.kind == .file || placed.step.interactive { return true }
    if !placed.sql.isEmpty, !placed.sql.contains(where: \.isChange) { return true }
    if placed.commands.allSatisfy({
      ["cat", "echo", "tee", "mail", "printf", "export", "cd"].contains($0.command.name)
    }),
      !placed.commands.isEmpty
    {
      return true
    }
    let words = placed.commands.flatMap { [$0.command.scriptName ?? "", $0.command.name ?? ""] + $0.command.arguments }
    return words.contains { word in
      word.lowercased().holds([
        "logs", "status", "health", "test", "verify", "check:", "list", "smoke", "monitor", "describe", "show", "wait",
        "tinker", "curl",
      ])
    }
  }

  /// The prose below it up to the next procedure, or a later section as high as its own, speaks of looking.
  private static func isFollowedByCheck(
    _ placed: PlacedStep, headings: [Heading], in document: LintDocument
  ) -> Bool {
    let line = placed.step.endLine
    let first = placed.step.line
    // "The script … restarts the services and verifies their health."
    if (max(1, first - 4)..<first).contains(where: { number in
      document.line(number).lowercased().holds(["and verif", "verifies", "and check"])
    }) {
      return true
    }
    let level = headings.last { $0.line <= placed.procedure.line }?.level ?? 1
    let procedures = document.runbook.procedures.map(\.line).filter { $0 > line }
    let nextSection = headings.first { $0.line > line && $0.level <= level }?.line
    let end = min(procedures.min() ?? document.lines.count, nextSection ?? document.lines.count)
    if line < end, (line + 1...end).contains(where: { document.line($0).lowercased().holds(looks) }) { return true }
    return headings.contains { heading in
      heading.line > line && heading.level <= level && !procedures.contains(heading.line)
        && heading.text.lowercased().holds(sections) && !heading.text.lowercased().holds(forward)
    }
  }

  /// Of sections that speak of the time before, of the next release, or of a drill.
  private static let forward = [
    "pre-", "before", "prevent", "template", "deploy", "applying", "test", "during rollback",
  ]

  /// Of sections that hold for every procedure above them.
  private static let sections = [
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
