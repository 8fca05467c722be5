import Runbook

struct SedExpressionBroken: LintRule {
  let id = "sed-expression-broken"
  let severity = Finding.Severity.error
  let summary = "A `sed` substitution has a separator too many or too few."
  let explanation = """
    In `s/a/b/c/` the third `/` ends the expression, and sed stops with "unknown option to `s'". It happens with paths:
    take a separator that does not stand in them, as in `s|etc/app|etc/app-v1|`.
    """
  let bad = Example.shell("sed -i 's/lib/new/lib/old/' src/index.ts\ngrep -q lib/old src/index.ts")
  let good = Example.shell("sed -i 's|lib/new|lib/old|' src/index.ts\ngrep -q lib/old src/index.ts")
  let references = ["https://www.gnu.org/software/sed/manual/sed.html#The-_0022s_0022-Command"]

  func findings(in document: LintDocument) -> [Finding] {
    document.commands.compactMap { found in
      let words: [Word]
      if found.name == "sed" {
        words = Array(found.words.dropFirst())
      } else if let index = found.words.firstIndex(where: { $0.value == "sed" }),
        ["find", "xargs"].contains(found.name)
      {
        words = Array(found.words[(index + 1)...])
      } else {
        return nil
      }
      guard let expression = words.first(where: { !$0.text.hasPrefix("-") })?.value,
        let why = Self.fault(in: expression)
      else { return nil }
      return finding(
        at: found, "sed stops at `\(Shown.text(expression))`: \(why)",
        fix: Fix(title: "a separator that does not stand in it: s|…|…|"))
    }
  }

  static func fault(in expression: String) -> String? {
    guard expression.hasPrefix("s"), let separator = expression.dropFirst().first, !separator.isLetter,
      !separator.isNumber, !separator.isWhitespace, separator != "\\", separator != ";"
    else { return nil }
    var count = 1
    var isEscaped = false
    var index = expression.index(expression.startIndex, offsetBy: 2)
    while index < expression.endIndex, count < 3 {
      let character = expression[index]
      if !isEscaped, character == separator { count += 1 }
      isEscaped = !isEscaped && character == "\\"
      index = expression.index(after: index)
    }
    guard count == 3 else { return "its last `\(separator)` is missing" }
    let options = expression[index...].prefix { !$0.isWhitespace && $0 != ";" && $0 != "}" }
    // `w` and `e` take a file or a command.
    guard !options.contains("w"), let bad = options.first(where: { !"gGiIpmMe0123456789".contains($0) }) else {
      return nil
    }
    return "after its third `\(separator)` it takes `\(bad)` for an option"
  }
}
