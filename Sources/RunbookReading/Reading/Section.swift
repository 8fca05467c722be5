/// A heading with what stands below it, up to the next heading of its level.
struct Section: Sendable {
  var heading: Heading
  /// 0: the document itself.
  var level: Int
  var line: Int
  /// Blocks before the first sub-heading.
  var blocks: [Block]
  var children: [Section]

  /// The document as a tree of sections.
  static func tree(of document: MarkdownDocument) -> Section {
    var stack = [Section(heading: Heading(""), level: 0, line: 1, blocks: [], children: [])]
    func close(to level: Int) {
      while stack.count > 1, let last = stack.last, last.level >= level {
        stack.removeLast()
        stack[stack.count - 1].children.append(last)
      }
    }
    for block in document.blocks {
      if case .heading(let level, let text) = block.content {
        close(to: level)
        stack.append(
          Section(heading: Heading(text.flat), level: level, line: block.line, blocks: [], children: []))
      } else {
        stack[stack.count - 1].blocks.append(block)
      }
    }
    close(to: 1)
    return stack[0]
  }

  /// Every block of this section and the ones below, in the document's order.
  var allBlocks: [Block] { blocks + children.flatMap(\.allBlocks) }

  /// Every section below, in order.
  var descendants: [Section] { children.flatMap { [$0] + $0.descendants } }
}

extension [Block] {
  /// Calls `body` with every block, nested ones too, in order.
  func walk(_ body: (Block) -> Void) {
    for block in self {
      body(block)
      switch block.content {
      case .list(_, let items): for item in items { item.blocks.walk(body) }
      case .quote(let inner): inner.walk(body)
      default: break
      }
    }
  }

  var fences: [(line: Int, fence: Fence)] {
    var result: [(Int, Fence)] = []
    walk { block in if case .fence(let fence) = block.content { result.append((block.line, fence)) } }
    return result
  }

  /// Whether there is anything to run or to confirm.
  var hasCommands: Bool {
    fences.contains { Language($0.fence).runs }
  }

  var hasTasks: Bool {
    var found = false
    walk { block in
      if case .list(_, let items) = block.content, items.contains(where: { $0.isChecked != nil }) { found = true }
    }
    return found
  }

  /// Whether any of it is run as it stands, and is not a script to be saved.
  var runsNow: Bool {
    fences.contains { Language($0.fence).runs && !$0.fence.text.hasPrefix("#!") }
  }

  /// Whether there is a command for a shell or a database, and not only code to look at.
  var runsInShell: Bool {
    fences.contains { fence in
      switch Language(fence.fence) {
      case .shell, .sql: !fence.fence.text.hasPrefix("#!")
      case .code(let language): PowerShell.tags.contains(language)
      case .config, .markdown, .none: false
      }
    }
  }

  var hasTableCommands: Bool {
    var found = false
    walk { block in if case .table(let table) = block.content, table.mayHaveCommands { found = true } }
    return found
  }

  /// Whether inline code in it looks like a command.
  var hasInlineCommands: Bool {
    var found = false
    walk { block in
      if case .paragraph(let text) = block.content,
        text.codes.contains(where: { InlineCommand.looksLikeCommand($0.text) })
      {
        found = true
      }
    }
    return found
  }

  var hasOrderedList: Bool {
    contains { if case .list(true, _) = $0.content { true } else { false } }
  }
}

/// What a fence holds, by its tag.
enum Language: Hashable, Sendable {
  case shell, sql, config, code(String), markdown, none

  init(_ fence: Fence) {
    switch fence.language {
    case "bash", "sh", "shell", "console", "zsh", "ksh", "shell-session", "shellsession", "sh-session", "terminal",
      "bash-session", "command", "cmdline", "commandline":
      self = .shell
    case "sql", "psql", "postgresql", "postgres", "pgsql", "mysql", "plsql", "sqlite", "tsql": self = .sql
    case "env", "dotenv": self = .config
    case "markdown", "md": self = .markdown
    case "", "text", "txt", "plain", "plaintext", "output", "log", "logs", "mermaid", "ascii", "diagram", "none",
      "tree":
      // A prompt at the beginning of the lines makes a console session of it.
      self = fence.lines.contains { $0.text.hasPrefix("$ ") } ? .shell : .none
    case let other: self = .code(other)
    }
  }

  var runs: Bool {
    switch self {
    case .shell, .sql, .config, .code: true
    case .markdown, .none: false
    }
  }
}
