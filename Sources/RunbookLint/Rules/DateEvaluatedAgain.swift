import Runbook

struct DateEvaluatedAgain: LintRule {
  let id = "date-evaluated-again"
  let severity = Finding.Severity.warning
  let readsAsides = true
  let summary = "A name with `$(date …)` is written twice: the second time it is another name."
  let explanation = """
    `$(date +%s)` is evaluated each time it stands there. The backup gets one name, and the command that reads it looks for
    another, a second later. With a date only, it goes wrong at midnight, and when the second half is done the next day.

    Keep it once: `STAMP=$(date +%Y%m%d-%H%M%S)`, and write `$STAMP` in both.
    """
  let bad = Example.shell("cp app.db app.db.$(date +%s)\nrm app.db\ncp app.db.$(date +%s) app.db")
  let good = Example.shell("STAMP=$(date +%s)\ncp app.db app.db.$STAMP\nrm app.db\ncp app.db.$STAMP app.db")

  func findings(in document: LintDocument) -> [Finding] {
    var result: [Finding] = []
    for (index, found) in document.commands.enumerated() {
      for stem in DatedName.stems(in: found) {
        let first = document.commands(before: index).first { earlier in
          earlier.line != found.line && DatedName.stems(in: earlier).contains(stem)
        }
        guard let first else { continue }
        let isPrecise = DatedName.hasTime(stem)
        let why =
          isPrecise
          ? "is another name than in line \(first.line): the time has moved on"
          : "is another name than in line \(first.line) where midnight lies between"
        result.append(
          finding(
            at: found, "`\(Shown.text(stem))` \(why)",
            fix: Fix(title: "STAMP=\(DatedName.date(in: stem)) once, above, and $STAMP in both")
          ).as(isPrecise ? .error : .note))
        break
      }
    }
    return result
  }
}

/// Names that a command makes from the time at which it runs.
enum DatedName {
  /// Words up to the end of their `$(date …)`, without quotes.
  static func stems(in found: PlacedCommand) -> [String] {
    let targets = found.command.redirections.filter { $0.body == nil }.map(\.target)
    return (found.words.dropFirst() + targets).compactMap { stem(of: $0.text) }
  }

  /// Nil where the word has no date in it, or is a sentence.
  static func stem(of word: String) -> String? {
    guard word.contains("$"), word.contains("(") else { return nil }
    let text = word.filter { $0 != "\"" && $0 != "'" }
    guard let start = text.firstRange(of: "$(date"), let end = text[start.upperBound...].firstIndex(of: ")"),
      start.lowerBound > text.startIndex, !text[..<start.lowerBound].contains(where: \.isWhitespace)
    else { return nil }
    return String(text[...end])
  }

  static func hasTime(_ stem: String) -> Bool {
    !stem.contains("+") || ["%S", "%s", "%H", "%M", "%N", "%T", "%c", "%R"].contains { stem.contains($0) }
  }

  static func date(in stem: String) -> String {
    stem.firstRange(of: "$(date").map { String(stem[$0.lowerBound...]) } ?? ""
  }
}
