import Runbook

/// A fenced block: from the line that opens it to the one that closes it. The reading keeps what is in it, not where it is.
public struct Fence: Hashable, Sendable {
  public var line: Int
  /// One past the document's last line where nothing closes it.
  public var endLine: Int
  /// The first word after the mark, in lower case; empty: an untagged block.
  public var language: String

  public var isShell: Bool {
    Self.shells.contains(language)
  }

  private static let shells: Set<String> = [
    "bash", "sh", "shell", "zsh", "console", "terminal", "shellsession", "shell-session",
  ]

  public func holds(_ number: Int) -> Bool { number > line && number < endLine }

  private static let marks = ByteSet("`~")

  static func all(in lines: [String]) -> [Fence] {
    var result: [Fence] = []
    var open: (line: Int, mark: Substring, language: String)?
    for (index, line) in lines.enumerated() where marks.isIn(line) && (line.contains("```") || line.contains("~~~")) {
      let text = line.drop { $0.isWhitespace || $0 == ">" }
      guard text.hasPrefix("```") || text.hasPrefix("~~~") else { continue }
      let mark = text.prefix { $0 == text.first }
      if let current = open {
        guard text.hasPrefix(current.mark), text.dropFirst(mark.count).allSatisfy(\.isWhitespace) else { continue }
        result.append(Fence(line: current.line, endLine: index + 1, language: current.language))
        open = nil
      } else {
        let language = text.dropFirst(mark.count).split { $0.isWhitespace || $0 == "{" }.first ?? ""
        open = (index + 1, mark, language.lowercased())
      }
    }
    if let open { result.append(Fence(line: open.line, endLine: lines.count + 1, language: open.language)) }
    return result
  }
}

extension LintDocument {
  /// The block that line `number` stands in.
  func fence(of number: Int) -> Fence? {
    let after = fences.partitioned { $0.line < number }
    guard after > 0, fences[after - 1].holds(number) else { return nil }
    return fences[after - 1]
  }
}

extension Array {
  /// How many satisfy `isBefore`: they come first.
  func partitioned(by isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A heading in the form `## Text`.
public struct Heading: Hashable, Sendable {
  public var line: Int
  /// From 1 to 6.
  public var level: Int
  public var text: String

  static func all(in lines: [String], outside fences: [Fence]) -> [Heading] {
    var fences = fences[...]
    return lines.enumerated().compactMap { index, line in
      while let first = fences.first, first.endLine <= index + 1 { fences.removeFirst() }
      guard line.hasPrefix("#"), !(fences.first?.holds(index + 1) ?? false) else { return nil }
      let marks = line.prefix { $0 == "#" }
      let rest = line.dropFirst(marks.count)
      guard marks.count <= 6, rest.hasPrefix(" ") else { return nil }
      return Heading(line: index + 1, level: marks.count, text: rest.drop { $0 == " " }.description)
    }
  }
}
