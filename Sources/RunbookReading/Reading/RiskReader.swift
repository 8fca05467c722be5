import Runbook

enum RiskReader {
  /// The risk that a heading names: "Phase 7: High Risk (Storage)", "(DESTRUCTIVE)", "CRITICAL".
  static func risk(heading text: String) -> Risk? {
    let words = WordList(text)
    return scale.first { $0.1.isIn(words) }?.0
  }

  private static let scale: [(Risk, PhraseSet)] = [
    (.critical, PhraseSet(["critical", "critical risk", "risk critical"])),
    (
      .high,
      PhraseSet(["high risk", "risk high", "high priority", "destructive", "dangerous", "danger", "irreversible"])
    ),
    (.medium, PhraseSet(["medium risk", "moderate risk", "risk medium", "medium priority"])),
    (.low, PhraseSet(["low risk", "risk low", "low priority"])),
  ]

  /// "Risk: high", "Priority: HIGH - …", "WARNING: …".
  static func risk(label: String, value: String) -> Risk? {
    let words = WordList(label)
    if words.containsAny(["risk", "risk level", "priority", "severity"]) {
      let named = WordList(value)
      for (name, phrases) in Vocabulary.all.risks where named.containsAny(phrases.filter { !$0.contains(" ") }) {
        if let risk = Risk(rawValue: name) { return risk }
      }
      return nil
    }
    if words.begins(withAny: ["critical"]) { return .critical }
    if words.containsAny(["warning", "danger", "destructive", "caution"]) { return .high }
    return nil
  }
}
