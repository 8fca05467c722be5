import Runbook

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

  /// Whether that holds of the blocks of this section or of one below.
  func anywhere(_ holds: ([Block]) -> Bool) -> Bool { holds(blocks) || children.contains { $0.anywhere(holds) } }

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

  /// Whether `holds` is true of a block, or of one nested in it.
  func hasBlock(_ holds: (Block.Content) -> Bool) -> Bool {
    contains { block in
      if holds(block.content) { return true }
      return switch block.content {
      case .list(_, let items): items.contains { $0.blocks.hasBlock(holds) }
      case .quote(let inner): inner.hasBlock(holds)
      default: false
      }
    }
  }

  private func hasFence(_ holds: (Fence) -> Bool) -> Bool {
    hasBlock { if case .fence(let fence) = $0 { holds(fence) } else { false } }
  }

  var fences: [(line: Int, fence: Fence)] {
    var result: [(Int, Fence)] = []
    walk { block in if case .fence(let fence) = block.content { result.append((block.line, fence)) } }
    return result
  }

  /// Whether there is anything to run or to confirm.
  var hasCommands: Bool { hasFence(\.kind.runs) }

  var hasTasks: Bool {
    hasBlock { if case .list(_, let items) = $0 { items.contains { $0.isChecked != nil } } else { false } }
  }

  /// Whether any of it is run as it stands, and is not a script to be saved.
  var runsNow: Bool { hasFence { $0.kind.runs && !$0.text.hasPrefix("#!") } }

  /// Whether there is a command for a shell or a database, and not only code to look at.
  var runsInShell: Bool {
    hasFence { fence in
      switch fence.kind {
      case .shell, .sql: !fence.text.hasPrefix("#!")
      case .code(let language): PowerShell.tags.contains(language)
      case .config, .markdown, .none: false
      }
    }
  }

  var hasTableCommands: Bool {
    hasBlock { if case .table(let table) = $0 { table.mayHaveCommands } else { false } }
  }

  /// Whether inline code in it looks like a command.
  var hasInlineCommands: Bool {
    hasBlock { content in
      guard case .paragraph(let text) = content else { return false }
      return text.codes.contains { InlineCommand.looksLikeCommand($0.text) }
    }
  }

  var hasOrderedList: Bool {
    contains { if case .list(true, _) = $0.content { true } else { false } }
  }
}

/// What a fence holds, by its tag.
enum Language: Hashable, Sendable {
  case shell, sql, config, code(String), markdown, none

  init(tag: String, text: String) {
    switch tag {
    case "bash", "sh", "shell", "console", "zsh", "ksh", "shell-session", "shellsession", "sh-session", "terminal",
      "bash-session", "command", "cmdline", "commandline":
      self = .shell
    case "sql", "psql", "postgresql", "postgres", "pgsql", "mysql", "plsql", "sqlite", "tsql": self = .sql
    case "env", "dotenv": self = .config
    case "markdown", "md": self = .markdown
    case "", "text", "txt", "plain", "plaintext", "output", "log", "logs", "mermaid", "ascii", "diagram", "none",
      "tree":
      // A prompt at the beginning of the lines makes a console session of it.
      self = ConsoleText.hasPrompt(text) ? .shell : .none
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
