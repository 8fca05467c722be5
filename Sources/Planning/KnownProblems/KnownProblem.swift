import Runbook

/// What a problem's code means, for whoever meets it in a plan: `docs/problems.md`, `backout plan --explain CODE`.
public struct KnownProblem: Hashable, Sendable {
  /// A severity that the code comes with, and when.
  public struct Occurrence: Hashable, Sendable {
    public var severity: Problem.Severity
    public var when: String

    static func note(_ when: String) -> Self { Self(severity: .note, when: when) }
    static func warning(_ when: String) -> Self { Self(severity: .warning, when: when) }
    static func question(_ when: String) -> Self { Self(severity: .question, when: when) }
    static func error(_ when: String) -> Self { Self(severity: .error, when: when) }
  }

  /// `Problem.code`.
  public var code: String
  /// What is found, and what would happen at run. Markdown, as the other texts.
  public var meaning: String
  public var occurrences: [Occurrence]
  /// What to type or to write, and when accepting it is right.
  public var cure: String

  init(_ code: String, _ meaning: String, _ occurrences: Occurrence..., cure: String) {
    self.code = code
    self.meaning = meaning
    self.occurrences = occurrences
    self.cure = cure
  }
}
