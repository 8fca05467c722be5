import Runbook

/// Matches a few words with the stage that they name.
enum StageMatch {
  static func best(_ text: String, stages: [Stage]) -> Stage? {
    let vocabulary = Vocabulary.all
    func content(_ text: String) -> [String] {
      WordList(text).words.filter { !vocabulary.stop.contains($0) && Int($0) == nil }.map(stem)
    }
    let wanted = content(text)
    guard !wanted.isEmpty else { return nil }
    let common: Set<String> = ["rollback", "revert", "restore"]
    var best: (stage: Stage, score: Double)?
    var isTied = false
    for stage in stages {
      let words = content(Heading(stage.title).title)
      let title = Set(words)
      guard !title.isEmpty else { continue }
      let specific = wanted.filter { !common.contains($0) }
      let shared = wanted.filter(title.contains)
      guard specific.contains(where: title.contains) else { continue }
      // Words that name the part count double; a title with many other words less.
      let weight = shared.reduce(0.0) { $0 + (common.contains($1) ? 1 : 2) }
      // "Rollback code" is "Rollback Code Deployment" rather than "Verify Code Rollback".
      let begins = words.first == wanted.first ? 0.1 : 0
      let score = weight / Double(wanted.count + specific.count) + weight / Double(10 * title.count) + begins
      if let current = best {
        if score > current.score + 1e-9 {
          best = (stage, score)
          isTied = false
        } else if abs(score - current.score) < 1e-9 {
          isTied = true
        }
      } else {
        best = (stage, score)
      }
    }
    guard let best, best.score >= 0.4, !isTied else { return nil }
    return best.stage
  }

  private static func stem(_ word: String) -> String {
    if ["config", "configuration", "configurations"].contains(word) { return "config" }
    if ["db", "database", "databases"].contains(word) { return "database" }
    if ["revert", "reverts", "rollback", "rolls", "roll"].contains(word) { return "rollback" }
    if word.count > 4, word.hasSuffix("s"), !word.hasSuffix("ss") { return String(word.dropLast()) }
    return word
  }
}
