import Runbook

/// The arguments of `ssh`.
enum RemoteShell {
  private static let valued: Set<Character> = Set("BbcDEeFIiJLlmOopQRSWw")

  /// Whether words stand behind the host.
  static func hasCommand(_ arguments: [String]) -> Bool {
    var rest = arguments[...]
    var seesHost = false
    while let first = rest.first {
      rest = rest.dropFirst()
      if seesHost { return true }
      if first.hasPrefix("-"), first.count > 1 {
        if first.count == 2, let letter = first.last, valued.contains(letter) { rest = rest.dropFirst() }
      } else {
        seesHost = true
      }
    }
    return false
  }
}
