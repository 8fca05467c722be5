import Runbook

/// A fenced block: from the line that opens it to the one that closes it.
struct Fence: Sendable {
  var line: Int
  var endLine: Int
  /// The first word after the mark, in lower case; empty: an untagged block.
  var language: String

  var isShell: Bool { ["bash", "sh", "shell", "zsh", "console", "shell-session"].contains(language) }
  func holds(_ number: Int) -> Bool { number > line && number < endLine }
}

struct Heading: Sendable {
  var line: Int
  var level: Int
  var text: String
}

/// The document's own parts that the reading does not keep: where a block begins and ends, and the headings.
extension LintDocument {
  var fences: [Fence] {
    var result: [Fence] = []
    var open: (line: Int, mark: String, language: String)?
    for (index, line) in lines.enumerated() {
      let text = line.drop { $0 == " " || $0 == "\t" }
      if let current = open {
        let isEnd = text.hasPrefix(current.mark) && text.dropFirst(current.mark.count).allSatisfy(\.isWhitespace)
        guard isEnd else { continue }
        result.append(Fence(line: current.line, endLine: index + 1, language: current.language))
        open = nil
      } else if text.hasPrefix("```") || text.hasPrefix("~~~") {
        let mark = text.prefix { $0 == text.first }
        let language = text.dropFirst(mark.count).split { $0.isWhitespace || $0 == "{" }.first ?? ""
        open = (index + 1, String(mark), language.lowercased())
      }
    }
    if let open { result.append(Fence(line: open.line, endLine: lines.count + 1, language: open.language)) }
    return result
  }

  var headings: [Heading] {
    let fences = fences
    return lines.enumerated().compactMap { index, line in
      guard line.hasPrefix("#"), !fences.contains(where: { $0.holds(index + 1) }) else { return nil }
      let marks = line.prefix { $0 == "#" }
      let rest = line.dropFirst(marks.count)
      guard marks.count <= 6, rest.hasPrefix(" ") else { return nil }
      return Heading(line: index + 1, level: marks.count, text: rest.drop { $0 == " " }.description)
    }
  }

  /// Whether the document, in lower case, holds one of `words`.
  func mentions(_ words: [String]) -> Bool { lines.joined(separator: "\n").lowercased().holds(words) }

  /// Where the document speaks of when, for how long or to whom: under its title, else at its first line.
  var titleLine: Int { headings.first?.line ?? 1 }

  /// Each procedure's steps, in the order in which they run.
  var runs: [[PlacedStep]] {
    runbook.procedures.map { procedure in
      procedure.stages.flatMap { stage in
        stage.steps.map { PlacedStep(procedure: procedure, stage: stage, step: $0) }
      }
    }
  }
}

extension PlacedStep {
  var commands: [PlacedCommand] {
    guard case .shell(let statement) = step.action else { return [] }
    return statement.commands.map { PlacedCommand(placed: self, command: $0) }
  }

  /// Whether the two never run together: they belong to different options of one choice.
  func excludes(_ other: PlacedStep) -> Bool {
    guard let mine = step.choice, let theirs = other.step.choice else { return false }
    return stage.id == other.stage.id && mine.choice == theirs.choice && mine.option != theirs.option
  }

  /// What a person does or says, in lower case; empty for what a machine does.
  var words: String {
    switch step.action {
    case .manual(let text), .confirm(let text): text.lowercased()
    default: ""
    }
  }
}

extension Array where Element == PlacedStep {
  /// The steps before `index` that may have run when it does.
  func before(_ index: Int) -> [PlacedStep] { self[..<index].filter { !$0.excludes(self[index]) } }
  func after(_ index: Int) -> [PlacedStep] { self[(index + 1)...].filter { !$0.excludes(self[index]) } }
}

extension Array where Element == Finding {
  /// A stage that several procedures share is spoken of once.
  var once: [Finding] {
    var seen: Set<Int> = []
    return filter { seen.insert($0.line).inserted }
  }
}

extension String {
  /// Whether it holds one of `words`. By bytes: a document is asked for hundreds of words.
  func holds(_ words: [String]) -> Bool {
    var text = self
    return text.withUTF8 { bytes in
      words.contains { word in
        var word = word
        return word.withUTF8 { Self.contains(bytes, $0) }
      }
    }
  }

  private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ word: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = word.first, text.count >= word.count else { return false }
    for start in 0...(text.count - word.count) where text[start] == first {
      var length = 1
      while length < word.count, text[start + length] == word[length] { length += 1 }
      if length == word.count { return true }
    }
    return false
  }

  /// The words of its letters and digits, in lower case.
  var plainWords: [String] {
    lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }
}
