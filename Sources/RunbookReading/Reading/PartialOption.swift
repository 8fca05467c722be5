import Runbook

/// "Option 1: rollback only the webhook": a few words about parts of the main procedure, kept as one fact.
enum PartialOption {
  /// The heading, and below it each sentence and bullet on a line of its own.
  static func fact(_ section: Section) -> Fact {
    var lines = [section.heading.plain]
    section.allBlocks.walk { block in
      switch block.content {
      case .paragraph(let text): lines.append(text.flat)
      case .fence(let fence): lines.append(fence.text.trimmed)
      default: break
      }
    }
    return Fact(line: section.line, kind: .partial, text: lines.joined(separator: "\n"))
  }

  /// The procedure that `fact` describes: the stages of `main` which its lines say to undo, each once and in the order
  /// of the runbook; nil where a line names none of them.
  static func composed(_ fact: Fact, of main: Procedure) -> (id: String, stages: [String])? {
    let classifier = SectionClassifier()
    let lines = fact.text.split(separator: "\n").map(String.init)
    guard let title = lines.first else { return nil }
    var named: Set<String> = []
    for line in lines.dropFirst() where acts(line, classifier) {
      guard let stage = StageMatch.best(line, stages: main.stages) else { return nil }
      named.insert(stage.id)
    }
    let undone = main.stages.map(\.id).filter(named.contains)
    guard !undone.isEmpty else { return nil }
    let heading = Heading(title)
    let before = main.stages.map(\.id).filter { $0 == "before" }
    return (heading.slug ?? Slug.make(Slug.withoutParentheses(heading.plain)), before + undone)
  }

  private static func acts(_ line: String, _ classifier: SectionClassifier) -> Bool {
    let words = WordList(line)
    if words.begins(withAny: classifier.vocabulary.keep) || words.begins(withAny: classifier.vocabulary.condition) {
      return false
    }
    return words.begins(withAny: ["rollback", "roll back", "revert", "restore", "undo", "downgrade", "disable"])
  }
}
