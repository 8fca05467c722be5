import Runbook

/// What stands in a fence, whatever its language.
enum FenceItem {
  case blank
  case comment(line: Int, text: String)
  case shell(LocatedStatement)
  case sql(SQLStatement)
  /// A statement in a shell that is not ours.
  case script(ScriptStatement)
}

extension FenceItem {
  /// `from app import x`, which stands in a shell fence to show what a file should say.
  var isImport: Bool {
    guard case .shell(let located) = self, let command = located.statement.commands.first,
      located.statement.commands.count == 1
    else { return false }
    switch command.name {
    case "from": return command.arguments.contains("import")
    case "import":
      return command.arguments.contains("from") || command.arguments.count == 1 && !located.statement.text.contains("-")
    default: return false
    }
  }

  /// `NAME=value` and nothing else.
  var isAssignment: Bool {
    guard case .shell(let located) = self, !located.statement.commands.isEmpty else { return false }
    return located.statement.commands.allSatisfy { $0.words.isEmpty && !$0.assignments.isEmpty }
  }
}
