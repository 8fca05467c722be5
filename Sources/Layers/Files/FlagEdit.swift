import Layer
import Runbook

extension FilesParameters {
  /// Whether all that changes in the file are flags: `sed -i 's/SEARCH_ENABLED=true/SEARCH_ENABLED=false/' .env`,
  /// `echo SEARCH_ENABLED=false >> .env`. The files are kept and put back as ever; the plan says what is meant.
  var setsFlags: Bool {
    switch action {
    case .edit(_, let script, _):
      let expressions = zip(script, script.dropFirst()).filter { $0.0 == "-e" }.map(\.1)
      return !expressions.isEmpty && expressions.allSatisfy(Self.setsFlag)
    case .look(isKnown: true):
      return !writes.isEmpty
        && writes.allSatisfy { write in
          guard write.appends, let text = write.text else { return false }
          let lines = text.split(separator: "\n")
          return !lines.isEmpty && lines.allSatisfy(Self.isFlag)
        }
    default: return false
    }
  }

  /// `s/SEARCH_ENABLED=.*/SEARCH_ENABLED=false/`, by what it puts there.
  private static func setsFlag(_ expression: String) -> Bool {
    guard expression.first == "s", let mark = expression.dropFirst().first else { return false }
    let parts = expression.dropFirst(2).split(separator: mark, omittingEmptySubsequences: false)
    return parts.count == 3 && isFlag(parts[1])
  }

  private static func isFlag(_ line: Substring) -> Bool {
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 && FlagNames.matches(String(parts[0]))
  }
}
