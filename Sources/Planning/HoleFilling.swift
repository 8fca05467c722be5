import Runbook

/// Puts values where holes are: never as syntax.
struct HoleFilling {
  let holes: [Hole]
  /// `$X` of the document: the session's variables, filled there and not in the text.
  let variables: [Hole]
  private let spellings: [(text: [UInt8], form: HoleSearch.Form)]
  /// A byte that each spelling has, to pass by the many texts without holes quickly.
  private let firstBytes: Set<UInt8>

  /// What one text came to.
  struct Report {
    /// Indices of holes without a value that stay in the text.
    var open: Set<Int> = []
    /// Values that may not stand where their hole is: hole and why.
    var refused: [Int: String] = [:]
    var usedVariables: Set<Int> = []
    var usedSecrets: Set<Int> = []
    var isClean: Bool { open.isEmpty && refused.isEmpty }
  }

  init(_ holes: [Hole]) {
    variables = holes.filter { $0.placeholder.form == .variable }
    self.holes = holes.filter { $0.placeholder.form != .variable && !$0.spelling.isEmpty }
    spellings = self.holes.map { ($0.spelling, $0.form) }
    firstBytes = Set(spellings.compactMap(\.text.first))
  }

  /// The places of holes in `text`.
  func places(in text: String) -> (bytes: [UInt8], places: [HoleSearch.Place]) {
    if spellings.isEmpty { return ([], []) }
    let mayHave = text.utf8.contains { firstBytes.contains($0) }
    guard mayHave else { return ([], []) }
    let bytes = Array(text.utf8)
    return (bytes, HoleSearch.places(of: spellings, in: bytes))
  }

  func used(in text: String) -> Set<Int> { Set(places(in: text).places.map(\.hole)) }

  // MARK: Text that no machine reads

  /// For what a person reads: any value, secrets as tokens.
  func fillProse(_ text: String) -> String {
    var report = Report()
    return fill(text, report: &report) { hole, _, _ in
      switch hole.filling {
      case .value(let value): .text(value)
      case .secret: .text(SecretToken.token(for: hole.name))
      case .open, .pending, .failed: .keep
      }
    }
  }

  // MARK: Settings

  /// A setting's value: one line of any text.
  func fillSetting(_ text: String, report: inout Report) -> String {
    fill(text, report: &report) { hole, _, _ in
      switch hole.filling {
      case .value(let value):
        value.utf8.contains { $0 < 0x20 } ? .refuse("a setting is one line of text") : .text(value)
      case .secret: .text(SecretToken.token(for: hole.name))
      case .open, .pending, .failed: .keep
      }
    }
  }

  // MARK: SQL

  /// Quotes are doubled inside `'…'` and `"…"`; elsewhere a value is a name or a number.
  func fillSQL(_ text: String, report: inout Report) -> String {
    let (bytes, places) = places(in: text)
    if places.isEmpty { return text }
    let contexts = SQLQuotes.contexts(in: bytes, at: places.map(\.range))
    return fill(text, report: &report) { hole, index, _ in
      switch hole.filling {
      case .secret: return .text(SecretToken.token(for: hole.name))
      case .open, .pending, .failed: return .keep
      case .value(let value):
        switch contexts[index] {
        case .quoted(let quote):
          if value.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == 0 }) {
            return .refuse("it holds a backslash, which a quoted SQL text may read as an escape")
          }
          let mark = String(UnicodeScalar(quote))
          return .text(
            value.split(separator: Character(mark), omittingEmptySubsequences: false).joined(separator: mark + mark))
        case .bare:
          return Self.isPlainSQL(value)
            ? .text(value)
            : .refuse("outside quotes SQL takes a name or a number only; put quotes around it in the runbook")
        }
      }
    }
  }

  /// A name, a qualified name or a number.
  static func isPlainSQL(_ value: String) -> Bool {
    let digits = value.hasPrefix("-") ? String(value.dropFirst()) : value
    if value.hasPrefix("-") {
      return Double(digits) != nil
        && digits.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
    }
    return !value.isEmpty
      && value.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
      }
  }

  // MARK: Shell

  /// The statement with its holes filled. Secrets stand as tokens; `withSecretVariables` makes of it what a shell runs.
  func fillShell(_ statement: ShellStatement, report: inout Report) -> ShellStatement {
    guard !places(in: statement.text).places.isEmpty || statement.commands.contains(where: hasHole) else {
      return statement
    }
    var sources: [Int: String] = [:]
    for command in statement.commands {
      for (word, why) in InterpreterSource.words(of: command) {
        for hole in used(in: word.text).union(word.value.map(used(in:)) ?? []) { sources[hole] = why }
      }
    }
    var result = statement
    result.text = fillShellText(statement.text, isOpaque: statement.isOpaque, sources: sources, report: &report)
    result.commands = statement.commands.map { fill($0, sources: sources) }
    return result
  }

  /// A shell text of the bindings.
  func fillShellText(_ text: String, report: inout Report) -> String {
    fillShellText(text, isOpaque: false, sources: [:], report: &report)
  }

  private func hasHole(_ command: ParsedCommand) -> Bool {
    command.allWords.contains { !places(in: $0.text).places.isEmpty }
  }

  private func fillShellText(
    _ text: String, isOpaque: Bool, sources: [Int: String], report: inout Report
  ) -> String {
    let (bytes, places) = places(in: text)
    if places.isEmpty { return text }
    let contexts = ShellQuotes.contexts(in: bytes, at: places.map(\.range))
    return fill(text, report: &report) { hole, index, number in
      switch hole.filling {
      case .open, .pending, .failed: return .keep
      case .value(let value) where ShellQuoting.isPlain(value): return .text(value)
      case .value, .secret:
        if let why = sources[number] { return .refuse(why) }
        if isOpaque { return .refuse("the statement could not be parsed") }
        if case .value(let value) = hole.filling {
          if value.utf8.contains(0) { return .refuse("it holds a zero byte") }
          guard let quoted = Self.variable(hole.variable, in: contexts[index]) else {
            return .refuse("it stands in \(Self.name(of: contexts[index]))")
          }
          return .variable(quoted)
        }
        if case .closed(let what) = contexts[index] { return .refuse("it stands in \(what)") }
        return .text(SecretToken.token(for: hole.name))
      }
    }
  }

  private func fill(_ command: ParsedCommand, sources: [Int: String]) -> ParsedCommand {
    command.mapWords { word in
      var report = Report()
      var filled = word
      filled.text = fillShellText(word.text, isOpaque: false, sources: sources, report: &report)
      // The value is known even where the text only names a variable: it is one word, whatever is in it.
      filled.value = word.value.map(fillProse)
      filled.variables += report.usedVariables.sorted().map { holes[$0].variable }
      return filled
    }
  }

  /// The text with each secret's token as a variable of the session, quoted where it stands. For what no driver makes
  /// natively.
  func withSecretVariables(_ statement: ShellStatement) -> ShellStatement {
    let tokens = holes.map { hole in
      Hole(
        Placeholder(
          name: hole.name, spelling: SecretToken.token(for: hole.name), form: .angle, lines: [], required: true),
        filling: .secret, variable: hole.variable)
    }
    let filling = HoleFilling(tokens)
    func replaced(_ text: String) -> (String, [String]) {
      let (bytes, places) = filling.places(in: text)
      if places.isEmpty { return (text, []) }
      let contexts = ShellQuotes.contexts(in: bytes, at: places.map(\.range))
      var report = Report()
      let result = filling.fill(text, report: &report) { hole, index, _ in
        Self.variable(hole.variable, in: contexts[index]).map(Replacement.variable) ?? .keep
      }
      return (result, report.usedVariables.sorted().map { filling.holes[$0].variable })
    }
    var result = statement
    result.text = replaced(statement.text).0
    result.commands = statement.commands.map { command in
      command.mapWords { word in
        var word = word
        let (text, variables) = replaced(word.text)
        word.text = text
        word.variables += variables
        return word
      }
    }
    return result
  }

  private static func variable(_ name: String, in context: ShellQuotes.Context) -> String? {
    switch context {
    case .bare: "\"$\(name)\""
    // Braces, since what follows may belong to a name.
    case .double: "${\(name)}"
    case .single: "'\"$\(name)\"'"
    case .closed: nil
    }
  }

  private static func name(of context: ShellQuotes.Context) -> String {
    if case .closed(let what) = context { what } else { "quotes" }
  }

  // MARK: One pass

  private enum Replacement {
    case text(String), variable(String), keep, refuse(String)
  }

  /// `decide` is given the hole, which place in order it is, and which hole.
  private func fill(
    _ text: String, report: inout Report, decide: (Hole, Int, Int) -> Replacement
  ) -> String {
    let (bytes, places) = places(in: text)
    if places.isEmpty { return text }
    var result: [UInt8] = []
    var position = 0
    for (index, place) in places.enumerated() {
      result += bytes[position..<place.range.lowerBound]
      position = place.range.upperBound
      let hole = holes[place.hole]
      switch decide(hole, index, place.hole) {
      case .text(let value):
        result += Array(value.utf8)
        if hole.filling == .secret { report.usedSecrets.insert(place.hole) }
      case .variable(let value):
        result += Array(value.utf8)
        report.usedVariables.insert(place.hole)
      case .keep:
        result += bytes[place.range]
        report.open.insert(place.hole)
      case .refuse(let why):
        result += bytes[place.range]
        report.refused[place.hole] = why
      }
    }
    result += bytes[position...]
    return String(decoding: result, as: UTF8.self)
  }
}
