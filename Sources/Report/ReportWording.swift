import Foundation
import Journal
import Layer
import Planning
import Runbook

/// How the report words instants, spans, ids and commands.
struct ReportWording: Sendable {
  var timeZone: TimeZone

  func date(_ instant: Instant) -> String { String(text(instant).prefix(10)) }
  func time(_ instant: Instant) -> String { String(text(instant).dropFirst(11).prefix(8)) }
  /// `UTC`, `Europe/Vienna`.
  var zone: String { timeZone.secondsFromGMT() == 0 ? "UTC" : timeZone.identifier }

  private func text(_ instant: Instant) -> String {
    Date(timeIntervalSince1970: Double(instant.wall) / 1000)
      .formatted(Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZone: timeZone))
  }

  /// `0:16`, `1:02:03`.
  static func clock(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1000
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
    return seconds < 3600
      ? "\(seconds / 60):\(two(seconds % 60))"
      : "\(seconds / 3600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
  }

  /// `16 s`, `5 min 3 s`, `1 h 2 min`.
  static func span(_ milliseconds: Int64) -> String {
    let seconds = max(0, milliseconds) / 1000
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min" + (seconds % 60 == 0 ? "" : " \(seconds % 60) s") }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }

  static func count(_ number: Int, _ one: String) -> String { number.counted(one) }

  /// One line that may stand in a table.
  static func cell(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .replacingOccurrences(of: "|", with: "\\|")
    return line.count > 140 ? line.prefix(139) + "…" : line
  }

  /// What a step does: the effect in its layer's words where the command takes several lines.
  static func action(_ step: PlannedStep) -> String {
    guard step.isExecutable, step.command.contains("\n"), step.effects.count == 1, let effect = step.effects.first,
      effect.layer != .unknown
    else { return command(step.command) }
    return command(effect.summary)
  }

  /// As the author wrote it, without the folder that a carried script was kept in.
  static func command(_ text: String) -> String {
    guard let mark = text.range(of: "\"$BACKOUT_CARRIED/"), let quote = text[mark.upperBound...].firstIndex(of: "\"")
    else { return cell(text) }
    let rest = text[text.index(after: quote)...]
    return command(String(text[..<mark.lowerBound]) + String(text[mark.upperBound..<quote]) + String(rest))
  }

  /// Ids in a row of one stage: `step-6/8 to 11`.
  static func ids(_ ids: [String]) -> String {
    guard let first = ids.first, let last = ids.last, ids.count > 1 else { return ids.first ?? "" }
    let stage = first.prefix { $0 != "/" }
    guard ids.allSatisfy({ $0.prefix { $0 != "/" } == stage }) else { return ids.joined(separator: ", ") }
    return "\(first) to \(last.dropFirst(stage.count + 1))"
  }
}
