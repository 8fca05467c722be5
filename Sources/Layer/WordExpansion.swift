import Runbook

/// What a shell word comes to, as far as the known variables tell, without running a shell.
public enum WordExpansion {
  /// The word's value, with `$X` and `${X}` filled in and quotes removed. Nil where only a shell can tell: a command
  /// substitution, an unquoted glob, `${X:-…}`, a variable that is not known, an unquoted value that would be split.
  public static func expandedValue(of word: Word, in context: ReadingContext) -> String? {
    if let value = word.value { return value }
    guard !word.hasCommandSubstitution, !word.hasGlob else { return nil }
    return expand(word.text, context: context, escapesGlob: false)
  }

  /// The word as a glob(3) pattern: variables filled in, quoted special characters escaped. Nil where a shell is needed.
  public static func pattern(of word: Word, in context: ReadingContext) -> String? {
    guard word.hasGlob, !word.hasCommandSubstitution else { return nil }
    return expand(word.text, context: context, escapesGlob: true)
  }

  /// The variables that `words` expand and that are not set in `context`, in order, each once.
  public static func missingVariables(in words: [Word], context: ReadingContext) -> [String] {
    var seen: Set<String> = []
    return words.filter { $0.value == nil }.flatMap { word in
      word.variables.filter { name in
        // Positional and special parameters are the shell's own.
        guard let first = name.unicodeScalars.first, first == "_" || first.properties.isAlphabetic else { return false }
        return context.variables[name] == nil && !context.unknownVariables.contains(name)
          && !hasDefault(name, in: word.text) && seen.insert(name).inserted
      }
    }
  }

  /// `${X:-other}` and its kin.
  private static func hasDefault(_ name: String, in text: String) -> Bool {
    [":-", "-", ":=", "=", ":+", "+"].contains { text.contains("${\(name)\($0)") }
  }

  private static func expand(_ text: String, context: ReadingContext, escapesGlob: Bool) -> String? {
    var result = ""
    var rest = text[...]
    var quote: Character?
    func literal(_ character: Character, quoted: Bool) {
      if escapesGlob, quoted, "*?[]\\".contains(character) { result.append("\\") }
      result.append(character)
    }
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("'", nil), ("\"", nil): quote = character
      case ("'", "'"), ("\"", "\""): quote = nil
      case (_, "'"): literal(character, quoted: true)
      case ("\\", nil):
        guard let next = rest.popFirst() else { return nil }
        if next != "\n" { literal(next, quoted: true) }
      case ("\\", _):
        guard let next = rest.first else { return nil }
        if "$`\"\\\n".contains(next) {
          rest.removeFirst()
          if next != "\n" { literal(next, quoted: true) }
        } else {
          literal(character, quoted: true)
        }
      case ("`", _): return nil
      case ("$", _):
        guard let name = variableName(&rest), let value = context.variables[name] else { return nil }
        if quote == nil, value.isEmpty || value.contains(where: { $0.isWhitespace || "*?[".contains($0) }) {
          return nil
        }
        for character in value { literal(character, quoted: true) }
      default: literal(character, quoted: quote != nil)
      }
    }
    return quote == nil ? result : nil
  }

  /// The name after a `$`, where it is a plain `X` or `{X}`.
  private static func variableName(_ rest: inout Substring) -> String? {
    func isNamePart(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
    let braced = rest.first == "{"
    if braced { rest.removeFirst() }
    let name = rest.prefix(while: isNamePart)
    guard let first = name.first, !first.isNumber else { return nil }
    rest.removeFirst(name.count)
    if braced {
      guard rest.first == "}" else { return nil }
      rest.removeFirst()
    }
    return String(name)
  }
}

extension ParsedCommand {
  /// The redirections that change a file of the system: `/dev/null`, `&1` and the like do not.
  public var fileRedirections: [Redirection] {
    redirections.filter { redirection in
      guard redirection.writes || (redirection.operator == ">&" && redirection.descriptor == nil) else { return false }
      let target = redirection.target.valueOrText
      if redirection.operator == ">&", target == "-" || Int(target) != nil { return false }
      return !["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"].contains(target)
    }
  }
}

extension Problem {
  /// A variable that neither the session nor an earlier step sets.
  public static func missingVariables(_ names: [String]) -> Problem {
    let list = names.map { "$" + $0 }.joined(separator: ", ")
    return Problem(
      code: "variable-missing",
      message: "\(list) \(names.count == 1 ? "is" : "are") not set here: the command would act on other words than it "
        + "shows. Set it in an earlier step or with --set")
  }
}

/// How a driver says that what it needs is in a variable without a value.
public enum UnsetVariable {
  public static func text(_ name: String) -> String { "$\(name) has no value in the session" }
}
