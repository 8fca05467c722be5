import Runbook

/// `commands:` of the bindings: what a command of the document is run as here.
struct CommandMapping {
  private let replacement: CommandReplacement
  private let parser: any ShellParsing

  init(_ commands: [String: String], parser: any ShellParsing) {
    replacement = CommandReplacement(commands)
    self.parser = parser
  }

  /// The statement with each mapped command replaced, parsed anew; nil where none is.
  func mapped(_ statement: ShellStatement, line: Int) -> ShellStatement? {
    replacement.replaced(in: statement.text).map { Self.parsed($0, line: line, by: parser) }
  }

  /// `text` as one statement, whatever it holds.
  static func parsed(_ text: String, line: Int, by parser: any ShellParsing) -> ShellStatement {
    let statements = parser.statements(of: text, line: line)
    if statements.count == 1, var only = statements.first {
      only.text = text
      return only
    }
    var commands = statements.flatMap(\.commands)
    for index in commands.indices where commands[index].context == .alone { commands[index].context = .sequence }
    return ShellStatement(text: text, commands: commands, isOpaque: statements.contains(where: \.isOpaque))
  }
}
