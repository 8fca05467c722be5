import Runbook

/// Comments with the statements below them.
struct CommentGroup {
  var comments: [(line: Int, text: String)]
  var statements: [FenceItem]
  /// A blank line stands before it, or the fence begins with it.
  var followsBlank: Bool
}

/// Groups a fence's items by the comments above them.
struct CommentGroups {
  private let items: [FenceItem]
  private var index = 0
  /// The last item that begins an option, -1 for none, once it was looked for.
  private var lastOption: Int?
  /// The fence's first line; it names the fence.
  let fence: Int
  /// How many steps the stage had before this fence.
  let start: Int
  let attributes: [String: String]

  init(items: [FenceItem], fence: Fence?, start: Int) {
    self.items = items
    self.fence = fence?.firstLine ?? 0
    self.start = start
    attributes = fence?.attributes ?? [:]
    isOnlyComments = items.allSatisfy { item in
      switch item {
      case .blank, .comment: true
      case .shell, .sql, .script: false
      }
    }
  }

  /// The fence holds no command at all.
  let isOnlyComments: Bool

  /// The next comments and the statements up to the comment or the blank line after them.
  mutating func next() -> CommentGroup? {
    nextStatement = nil
    var group = CommentGroup(comments: [], statements: [], followsBlank: index == 0 || isBlank(index - 1))
    while index < items.count {
      switch items[index] {
      case .blank:
        index += 1
        if !group.statements.isEmpty {
          return group
        }
        if !group.comments.isEmpty {
          // A blank line between a comment and its command does not part them; between comments it does.
          if case .comment? = firstCode { return group }
          if firstCode == nil { return group }
        } else {
          group.followsBlank = true
        }
      case .comment(let line, let text):
        if !group.statements.isEmpty { return group }
        if case .shell(let last)? = lastCode, isCron(text), last.isEditor, group.comments.isEmpty {
          index += 1
          continue
        }
        group.comments.append((line, text))
        index += 1
      case .shell, .sql, .script:
        if group.statements.isEmpty { nextStatement = items[index] }
        group.statements.append(items[index])
        index += 1
      }
    }
    return group.comments.isEmpty && group.statements.isEmpty ? nil : group
  }

  private func isBlank(_ index: Int) -> Bool { if case .blank = items[index] { true } else { false } }

  /// The next item that is not blank.
  private var firstCode: FenceItem? {
    items[index...].first { if case .blank = $0 { false } else { true } }
  }

  /// The first statement of the group that was read last.
  private(set) var nextStatement: FenceItem?

  private var lastCode: FenceItem? { index > 0 ? items[index - 1] : nil }

  private func isCron(_ text: String) -> Bool {
    let fields = text.split(separator: " ")
    return fields.count > 5 && fields.prefix(5).allSatisfy { $0.allSatisfy { $0.isNumber || "*/,-".contains($0) } }
  }

  /// The line that belongs into the crontab, where `statement` opens it.
  func cronLine(after statement: LocatedStatement) -> (line: Int, text: String)? {
    guard statement.isEditor else { return nil }
    for item in items {
      if case .comment(let line, let text) = item, line == statement.endLine + 1, isCron(text) {
        return (line, "# " + text)
      }
    }
    return nil
  }

  /// Whether a labelled or an unlabelled option follows.
  mutating func hasLaterOption(_ classifier: SectionClassifier) -> Bool {
    let last =
      lastOption
      ?? items.lastIndex { item in
        guard case .comment(_, let text) = item else { return false }
        if case .option? = Heading(text).marker { return true }
        return classifier.isAlternative(text)
      } ?? -1
    lastOption = last
    return last >= index
  }

  /// A table or a drawing that stands as comments shows output.
  static func looksLikeOutput(_ text: String) -> Bool {
    text.split(separator: "\n").contains {
      $0.contains("  ") && $0.split(separator: " ").count > 3 && $0.contains("   ")
    }
  }
}

extension LocatedStatement {
  var isEditor: Bool {
    statement.commands.contains { $0.name == "crontab" && $0.arguments.contains("-e") }
  }
}

/// "Should return 503 "integration disabled"" as a check.
enum ExpectationReader {
  static func check(_ text: String, line: Int) -> Check {
    var expectation = Expectation()
    let words = WordList(text)
    let quoted = quotes(in: text)
    let isHTTP = words.contains("return*") || words.contains("http") || words.contains("status")
    if isHTTP,
      let status = words.words.compactMap({ $0.count == 3 ? Int($0) : nil }).first(where: { (100..<600).contains($0) })
    {
      expectation.httpStatus = status
    }
    expectation.contains = quoted
    expectation.prose = text
    return Check(role: .verification, question: .output, expectation: expectation, line: line)
  }

  private static func quotes(in text: String) -> [String] {
    var result: [String] = []
    var rest = text[...]
    while let open = rest.firstIndex(where: { "\"“`".contains($0) }) {
      let mark: Character = rest[open] == "“" ? "”" : rest[open]
      let inner = rest[rest.index(after: open)...]
      guard let close = inner.firstIndex(of: mark) else { break }
      let found = String(inner[..<close])
      if !found.isEmpty { result.append(found) }
      rest = inner[inner.index(after: close)...]
    }
    return result
  }
}
