import Runbook

/// Tells by a section's heading what it is for. Structure is looked at first, elsewhere; these are the words.
/// One is made for a document, and remembers its texts.
struct SectionClassifier {
  var vocabulary: Vocabulary { .all }
  private let memory = WordMemory()

  func words(_ text: String) -> WordList { memory.list(of: text) }

  private static let sections: [(kind: SectionKind, phrases: PhraseSet)] = Vocabulary.all.sections.map {
    ($0.kind, PhraseSet($0.phrases))
  }
  /// Any of them: most texts are of no kind.
  private static let any = PhraseSet(Vocabulary.all.sections.flatMap(\.phrases))
  private static let oneLiner = PhraseSet(["one liner", "one liners"])
  private static let verification = PhraseSet(Vocabulary.all.sections.first { $0.kind == .verification }?.phrases ?? [])

  /// What the heading or label says, or nil where it says nothing of the kind.
  func kind(of text: String) -> SectionKind? { memory.kind(of: text, else: findKind(of: text)) }

  private func findKind(of text: String) -> SectionKind? {
    // What stands in parentheses qualifies: "Rollback Execution (15-minute SLA)" is no table of times.
    let bare = Slug.withoutParentheses(String(WordList.head(of: text)))
    let words = self.words(bare)
    guard !words.isEmpty else { return nil }
    if words.words == ["support"] { return .contacts }
    if words.words == ["requirements"] { return .before }
    let all = bare == text ? words : self.words(text)
    // All steps again on one line, wherever the heading says so.
    if Self.oneLiner.isIn(all) { return .quickReference }
    guard Self.any.isIn(words) else { return isHabit(all) ? .prevention : nil }
    // The earlier word decides between what a heading also names, except where its kind is certain.
    for entry in Self.sections where entry.phrases.isIn(words) {
      let kind = entry.kind
      if kind == .after, Self.verification.isIn(words) { return .verification }
      // "Preparation (before every release)": what is done each time is no part of the rollback.
      if kind == .before, isHabit(all) { return .prevention }
      // "Revert the hotfix"
      if kind == .forward, Self.fixed.isIn(words), Self.undoing.isIn(words) { continue }
      if kind == .quickReference || kind == .template, isRollback(text), startsAsRollback(words) { continue }
      return kind
    }
    return isHabit(all) ? .prevention : nil
  }

  /// "Before every migration", wherever the heading says so.
  private func isHabit(_ words: WordList) -> Bool { Self.habit.isIn(words) && !Self.undoing.isIn(words) }

  /// "Before you upgrade the server, copy its files:" is advice for the next change.
  func advisesBackup(_ text: String) -> Bool {
    let words = self.words(text)
    return Self.beforeChange.begins(words) && Self.backup.isIn(words) && !Self.undoing.isIn(words)
  }

  /// "For one commit:", "For several commits:": the same for another target.
  func isTargeted(_ text: String) -> Bool {
    let words = self.words(text)
    return Self.targetLead.begins(words) && Self.targetCount.isIn(words) && words.count <= 6
  }

  /// "Scale up again", "Disable maintenance mode": an end to what the rollback itself began.
  func resumes(_ text: String) -> Bool { Self.resuming.begins(words(Heading(text).title)) }

  private func startsAsRollback(_ words: WordList) -> Bool { Self.quick.begins(words) }

  /// "Database Backup", "Configuration Backups": how they are made, where a section by itself is headed so.
  func isOfBackup(_ text: String) -> Bool {
    let words = self.words(Heading(text).title)
    return words.count <= 4 && ["backup", "backups"].contains(words.words.last ?? "") && !Self.undoing.isIn(words)
      && !Self.rollback.isIn(words)
  }

  func isRollback(_ text: String) -> Bool { Self.rollback.isIn(words(text)) }

  /// Names no part of the system: "Rollback Procedure", "Manual Rollback Steps".
  func isGeneric(_ text: String) -> Bool {
    let words = self.words(Slug.withoutParentheses(Heading.stripped(text))).words
    return !words.isEmpty
      && words.allSatisfy { word in
        vocabulary.generic.contains(word)
          || (word.unicodeScalars.contains { $0.value >= 0x2E80 }
            && vocabulary.generic.contains { word.contains($0) })
      }
  }

  func isOptional(_ text: String) -> Bool { Self.optional.isIn(words(text)) }
  func isConditional(_ text: String) -> Bool { Self.condition.begins(words(text)) }
  func isVerifying(_ text: String) -> Bool { Self.verifying.isIn(words(text)) }
  func isImperative(_ text: String) -> Bool {
    let words = self.words(text)
    return Self.imperative.begins(words) || !words.isASCII && Self.instructing.isIn(words)
  }

  /// Whether a person who does what `text` says only looks: its first line or most of its lines say so.
  func looks(_ text: String) -> Bool {
    let lines = text.split(separator: "\n").map { words(Heading.stripped(String($0))) }
    guard let first = lines.first else { return false }
    if Self.watching.begins(first) || Self.validating.isIn(first) { return true }
    if !first.isASCII, Self.watching.hasWide(in: first), !Self.changing.hasWide(in: first) { return true }
    return lines.count > 1 && !Self.imperative.begins(first)
      && lines.filter(Self.watching.begins).count * 2 >= lines.count
  }

  /// "Fix the bug", "Redeploy when fixed": the way forward, after the rollback.
  func goesForward(_ text: String) -> Bool { Self.forward.begins(words(text)) }

  func mentionsOutput(_ text: String) -> Bool { Self.output.isIn(words(text)) }

  /// "Level 2", "Type B": alternatives of which each is a rollback of its own.
  func isSeparate(_ text: String) -> Bool { Self.levels.begins(words(Heading.stripped(text))) }

  /// "Via the dashboard", "Using the CLI": ways to do the same, where several stand side by side.
  func way(_ text: String) -> String? {
    let words = self.words(text)
    guard words.count >= 2, words.count <= 5, Self.via.begins(words) else { return nil }
    return words.words.dropFirst().filter { !vocabulary.stop.contains($0) }.joined(separator: "-")
  }

  /// "Output:", "Result:": what follows is shown, not run.
  func isOutput(_ text: String) -> Bool {
    let words = self.words(text)
    return Self.output.isIn(words) && (words.count <= 5 || text.hasSuffix(":")) && !isImperative(text)
  }

  /// "Or …", "Alternatively, …".
  func isAlternative(_ text: String) -> Bool { Self.alternative.begins(words(text)) }

  /// "Expected:", "Should return 503".
  func isExpectation(_ text: String) -> Bool { Self.expected.begins(words(text)) }

  func isExample(_ text: String) -> Bool { Self.example.begins(words(text)) }

  /// A heading or a comment of nothing else: "Example", "Usage example".
  func isOnlyExample(_ text: String) -> Bool {
    let words = self.words(Heading(text).title)
    return words.count <= 2 && (Self.example.begins(words) || words.words == ["usage", "example"])
  }

  /// "Example script for one service", "…, documented above. Example": what follows shows how such a thing looks.
  func introducesExample(_ text: String) -> Bool {
    if text.isEmpty { return false }
    if isExample(text) { return !mentionsOutput(text) }
    let end = text.split { ".;".contains($0) }.last.map(String.init) ?? ""
    return end.utf8.count < text.utf8.count && isOnlyExample(end)
  }

  /// "The script performs:", "What it does:": a tale, not an order.
  func describes(_ text: String) -> Bool { Self.describing.isIn(words(text)) }
  func isWarning(_ text: String) -> Bool { Self.warning.isIn(words(text)) }
  func isGuarding(_ text: String) -> Bool { Self.guarding.isIn(words(text)) }

  /// "Automatic rollback": the system does it.
  func isAutomatic(_ text: String) -> Bool { Self.automatic.isIn(words(text)) }
  /// Numbered siblings below it are alternatives, not steps.
  func holdsAlternatives(_ text: String) -> Bool { Self.alternatives.isIn(words(text)) }
  func isByPhase(_ text: String) -> Bool { Self.byPhase.isIn(words(text)) }
  func holdsSeparate(_ text: String) -> Bool { Self.separate.isIn(words(text)) }
  func isPartial(_ text: String) -> Bool { Self.partial.isIn(words(text)) }
  func namesIssue(_ text: String) -> Bool { Self.issueLabel.begins(words(text)) }
  func namesRecoveryTime(_ text: String) -> Bool { Self.recoveryTime.isIn(words(text)) }
  /// What an earlier sentence forbids, or only mentions.
  func isForbidding(_ text: String) -> Bool { Self.forbid.isIn(words(text)) }
  func beginsWithWarning(_ text: String) -> Bool { Self.warning.begins(words(text)) }
  /// "Don't roll back for …": no trigger.
  func isNegative(_ text: String) -> Bool { Self.negative.isIn(words(text)) }
  /// "… preserved for 90 days", "keep images for 30 days".
  func speaksOfRetention(_ text: String) -> Bool {
    let words = self.words(text)
    return Self.keeping.isIn(words) && Self.days.isIn(words) && Quantity.estimate(text) != nil
  }

  private static let automatic = PhraseSet(Vocabulary.all.automatic)
  private static let alternatives = PhraseSet(Vocabulary.all.alternatives)
  private static let byPhase = PhraseSet(Vocabulary.all.byPhase)
  private static let separate = PhraseSet(Vocabulary.all.separate)
  private static let partial = PhraseSet(Vocabulary.all.partial)
  private static let issueLabel = PhraseSet(Vocabulary.all.issueLabel)
  private static let recoveryTime = PhraseSet(Vocabulary.all.recoveryTime)
  private static let forbid = PhraseSet(Vocabulary.all.forbid)
  private static let via = PhraseSet(Vocabulary.all.via)
  private static let quick = PhraseSet(["quick rollback", "emergency rollback"])
  private static let negative = PhraseSet([
    "not to", "don t", "do not", "no rollback", "fix forward", "monitor issues", "monitor and", "monitor closely",
  ])
  private static let keeping = PhraseSet(["preserved", "retain*", "retention", "keep", "kept", "archive*"])
  private static let days = PhraseSet(["day", "days", "week", "weeks", "month", "months", "year", "years"])
  private static let fixed = PhraseSet(["hotfix*", "hot fix*"])
  private static let habit = PhraseSet(Vocabulary.all.habit)
  private static let beforeChange = PhraseSet(Vocabulary.all.beforeChange)
  private static let backup = PhraseSet(Vocabulary.all.backup)
  private static let undoing = PhraseSet(Vocabulary.all.undoing)
  private static let targetLead = PhraseSet(Vocabulary.all.targetLead)
  private static let targetCount = PhraseSet(Vocabulary.all.targetCount)
  private static let resuming = PhraseSet(Vocabulary.all.resuming)
  // Asked of every sentence of a document.
  private static let rollback = PhraseSet(Vocabulary.all.rollback)
  private static let optional = PhraseSet(Vocabulary.all.optional)
  private static let condition = PhraseSet(Vocabulary.all.condition)
  private static let verifying = PhraseSet(Vocabulary.all.verifying)
  private static let imperative = PhraseSet(Vocabulary.all.imperative)
  private static let instructing = PhraseSet(Vocabulary.all.instructing)
  private static let watching = PhraseSet(Vocabulary.all.verifying + Vocabulary.all.watching)
  private static let validating = PhraseSet(Vocabulary.all.validating)
  private static let changing = PhraseSet(Vocabulary.all.changing)
  private static let forward = PhraseSet(Vocabulary.all.fixForward)
  private static let output = PhraseSet(Vocabulary.all.output)
  private static let example = PhraseSet(Vocabulary.all.example)
  private static let describing = PhraseSet(Vocabulary.all.describing)
  private static let levels = PhraseSet(Vocabulary.all.levels)
  private static let alternative = PhraseSet(Vocabulary.all.alternative)
  private static let expected = PhraseSet(Vocabulary.all.expected + Vocabulary.all.shouldReturn)
  private static let warning = PhraseSet(Vocabulary.all.warning)
  private static let guarding = PhraseSet(Vocabulary.all.guarding)
}
