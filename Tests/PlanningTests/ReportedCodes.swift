import Foundation

/// The codes of problems that sources report, read from their text: every way in which a `Problem` gets its code, and
/// what of them cannot be followed.
struct ReportedCodes {
  /// Code → the files that report it.
  private(set) var places: [String: Set<String>] = [:]
  /// Where a code comes from that is not written down as a literal anywhere this looks.
  private(set) var unread: [String] = []

  /// - Parameter sources: path → text.
  init(_ sources: [String: String]) {
    let files = sources.mapValues { SourceText($0) }
    for (path, file) in files {
      let folder = (path as NSString).deletingLastPathComponent
      // Made directly, or given to a problem that is there.
      for expression in file.expressions(after: #"(\bProblem|\.init)\(\s*code:\s*|(?<!\bself)\.code = (?!\.)"#) {
        take(expression, file, path, files)
      }
      for (name, isOwn) in file.helpers {
        let calls = isOwn ? [path] : files.keys.filter { ($0 as NSString).deletingLastPathComponent == folder }
        for other in calls {
          guard let caller = files[other] else { continue }
          // Another function of the name has a label, or is declared here.
          for call in caller.expressions(after: #"(?<!func )\b\#(name)\((?!\s*\w+:)(\s|//[^\n]*\n)*"#) {
            take(call, caller, other, files)
          }
        }
      }
      for key in file.expressions(after: #"\bproblems\[(?=[^\]]*\]\s*=[^=])"#) { take(key, file, path, files) }
    }
  }

  private mutating func take(_ expression: String, _ file: SourceText, _ path: String, _ files: [String: SourceText]) {
    guard let codes = Self.codes(expression, file, files) else {
      unread.append("\(path): \(expression)")
      return
    }
    for code in codes { places[code, default: []].insert(path) }
  }

  /// Nil: nobody here can say.
  private static func codes(_ expression: String, _ file: SourceText, _ files: [String: SourceText]) -> [String]? {
    let literals = SourceText.literals(in: expression)
    if !literals.isEmpty { return literals }
    let name = expression.split(separator: ".").last.map(String.init) ?? expression
    switch expression {
    case "code":
      let given = file.expressions(after: #"\blet code =\s*"#)
      let found = given.compactMap { value -> [String]? in
        if value == "code" { return [] }
        // Django's own Python says it.
        if value.hasPrefix("answer.problem ") { return file.matches(#"problem='([a-z-]+)'"#) }
        let literals = SourceText.literals(in: value)
        return literals.isEmpty ? nil : literals
      }
      // The parameter of a helper, whose calls are read; or the key of `problems`, whose entries are.
      let isGiven = !file.helpers.isEmpty || !given.isEmpty
      return isGiven && found.count == given.count ? found.flatMap(\.self) : nil
    case "failure.code":
      return files.values.filter { $0.text.contains("struct ToolFailure") }.flatMap {
        $0.matches(#"var code = "([a-z-]+)""#)
      }
        + files.values.flatMap { $0.expressions(after: #"\bToolFailure\("#, whole: true) }.flatMap {
          SourceText($0).expressions(after: #"\bcode:\s*"#).flatMap(SourceText.literals)
        }
    case "silence.kind.rawValue":
      return files.values.filter { $0.text.contains("struct NoAnswer") }
        .flatMap { $0.matches(#"case \w+ = "([a-z-]+)""#) }
    default:
      let constants = file.matches(#"static let \#(name) = "([a-z-]+)""#)
      return constants.isEmpty ? nil : constants
    }
  }
}

/// Swift text, as far as calls and literals go.
struct SourceText {
  let text: String

  init(_ text: String) { self.text = text }

  /// Functions that take a code first: their names, and whether only their own file can call them.
  var helpers: [(name: String, isOwn: Bool)] {
    guard text.contains("Problem(") else { return [] }
    return text.split(separator: "\n").compactMap { line in
      guard let found = line.firstMatch(of: /func (\w+)\(_ code: String/) else { return nil }
      return (String(found.1), line.contains("private") || line.hasPrefix("    "))
    }
  }

  /// What stands in the place of an argument or a value after each match of `pattern`.
  /// - Parameter whole: up to the closing bracket, commas and all.
  func expressions(after pattern: String, whole: Bool = false) -> [String] {
    ranges(of: pattern).compactMap { range in
      let line = text[..<range.lowerBound].lastIndex(of: "\n").map { text.index(after: $0) } ?? text.startIndex
      if text[line..<range.lowerBound].drop(while: \.isWhitespace).hasPrefix("//") { return nil }
      return expression(from: range.upperBound, whole: whole)
    }
  }

  func matches(_ pattern: String) -> [String] {
    guard let regex = try? Regex(pattern, as: (Substring, Substring).self) else { return [] }
    return text.matches(of: regex).map { String($0.output.1) }
  }

  /// String literals that can be a code.
  static func literals(in expression: String) -> [String] {
    SourceText(expression).matches(#""([a-z]+(?:-[a-z]+)*)""#)
  }

  private func ranges(of pattern: String) -> [Range<String.Index>] {
    // NSRegularExpression looks behind; a Regex does not.
    guard let regex = try? NSRegularExpression(pattern: pattern) else { return [] }
    return regex.matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap {
      Range($0.range, in: text)
    }
  }

  /// Up to a comma, a closing bracket or the line's end outside all brackets and strings.
  private func expression(from start: String.Index, whole: Bool) -> String {
    var depth = 0
    var index = start
    while index < text.endIndex {
      switch text[index] {
      case "\"":
        index = end(ofString: index)
        continue
      case "(", "[", "{": depth += 1
      case ")", "]", "}":
        if depth == 0 { return String(text[start..<index]) }
        depth -= 1
      case "," where depth == 0 && !whole: return String(text[start..<index])
      case "\n" where depth == 0 && !whole:
        // A line that begins with an operator goes on.
        let next = text[index...].first { !$0.isWhitespace }
        if !(next.map { "?:.+|&".contains($0) } ?? false) { return String(text[start..<index]) }
      default: break
      }
      index = text.index(after: index)
    }
    return String(text[start...])
  }

  /// The index behind a string literal; what is interpolated may hold others.
  private func end(ofString start: String.Index) -> String.Index {
    let mark = text[start...].hasPrefix("\"\"\"") ? "\"\"\"" : "\""
    var index = text.index(start, offsetBy: mark.count)
    while index < text.endIndex {
      if text[index...].hasPrefix(mark) { return text.index(index, offsetBy: mark.count) }
      guard text[index] == "\\" else {
        index = text.index(after: index)
        continue
      }
      index = text.index(after: index)
      guard index < text.endIndex else { break }
      index = text.index(after: index)
      if text[text.index(before: index)] == "(" {
        let inner = expression(from: index, whole: true)
        index = text.index(index, offsetBy: inner.count + 1, limitedBy: text.endIndex) ?? text.endIndex
      }
    }
    return text.endIndex
  }
}
