import Foundation

/// Colours, on a terminal only (and never where NO_COLOR is set). Colour repeats what a sign or a word already says.
enum Style {
  case strong, faint, good, bad, warn, accent, error

  /// Decided once: `BACKOUT_COLOR=always` is for pictures.
  static let isOn: Bool = {
    let environment = ProcessInfo.processInfo.environment
    if environment["BACKOUT_COLOR"] == "always" { return true }
    return environment["NO_COLOR"] == nil && environment["TERM"] != "dumb" && Console.isTerminal
  }()

  private var code: String {
    switch self {
    case .strong: "1"
    case .faint: "2"
    case .good: "32"
    case .bad: "31"
    case .warn: "33"
    case .accent: "36"
    case .error: "1;31"
    }
  }

  func paint(_ text: String) -> String { Self.isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
