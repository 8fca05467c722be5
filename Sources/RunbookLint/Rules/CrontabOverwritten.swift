import Runbook

struct CrontabOverwritten: LintRule {
  let id = "crontab-overwritten"
  let severity = Finding.Severity.error
  let summary = "The whole crontab is replaced or removed, with nothing kept."
  let explanation = """
    `crontab FILE` and `… | crontab -` replace every job of the user, not only the one that is meant; `crontab -r` removes
    them all, without a question. Keep it first: `crontab -l > crontab.before`.
    """
  let bad = Example.shell("crontab -r\nsystemctl start old-importer")
  let good = Example.shell("crontab -l > crontab.before\ncrontab -r\nsystemctl start old-importer")
  let references = ["https://man7.org/linux/man-pages/man1/crontab.1.html"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.enumerated().compactMap { index, found in
      guard found.name == "crontab", !found.has("-l", "-e") else { return nil }
      let removes = found.has(short: "r")
      let user = found.has("-u") ? 1 : 0
      guard removes || found.operands.count > user else { return nil }
      let all = document.commands(before: index) + found.placed.commands
      let isKept = all.contains { $0.name == "crontab" && $0.has("-l") }
      guard !isKept else { return nil }
      return finding(
        at: found,
        removes
          ? "`\(found.shown)` removes every job of this user, without a question"
          : "`\(found.shown)` replaces every job of this user, not only the one that is meant",
        fix: Fix(title: "crontab -l > crontab.before, first")
      ).as(removes ? .error : .warning)
    }
  }
}
