import Engine
import Foundation
import Layer
import Planning
import Runbook

/// How a screen words what the plan holds.
enum Wording {
  /// `step-6/4` → `6.4`.
  static func short(_ id: String) -> String { ShownNames.short(id) }

  /// A short id in a column: where a stage's name does not fit, `·.4` stands for `before-you-begin.4`.
  static func fit(_ short: String, _ columns: Int) -> String {
    guard Text.width(short) > columns, let dot = short.lastIndex(of: ".") else { return Text.fit(short, columns) }
    return Text.fit("·" + short[dot...], columns)
  }

  static func number(of stage: String) -> String? { ShownNames.number(of: stage) }

  /// A stage's number as its row shows it: its own; where others have one and it has none, a dot; else its place.
  static func number(of stage: PlannedStage, at index: Int, in plan: Plan) -> String {
    if let number = number(of: stage.id) { return number }
    return plan.stages.contains { number(of: $0.id) != nil } ? "·" : String(index + 1)
  }

  /// Ids of one stage in a row: `6.8-11`; else one after the other.
  static func span(_ ids: [String]) -> String {
    guard let first = ids.first, let last = ids.last, ids.count > 1 else { return ids.first.map(short) ?? "" }
    let numbers = ids.compactMap { $0.split(separator: "/").last.flatMap { Int($0) } }
    let isRow = numbers.count == ids.count && zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }
    let stage = first.prefix { $0 != "/" }
    guard isRow, ids.allSatisfy({ $0.prefix { $0 != "/" } == stage }), let end = last.split(separator: "/").last else {
      return ids.map(short).joined(separator: ", ")
    }
    return "\(short(first))-\(end)"
  }

  /// A heading without the number that its column already shows: `Step 3: Restart` → `Restart`.
  static func title(_ heading: String) -> String {
    // "Phase 1-3: Fetchers" counts several: its dash stands between numbers.
    let colon = heading.indices.first { index in
      ":.–—".contains(heading[index]) || heading[index] == "-" && heading[..<index].last == " "
    }
    guard let colon else { return heading }
    let words = heading[..<colon].split(separator: " ")
    let rest = heading[heading.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    guard !rest.isEmpty, words.count == 2, ["step", "phase", "stage"].contains(words[0].lowercased()),
      words[1].allSatisfy({ $0.isNumber || $0.isLetter }), words[1].count <= 3
    else { return heading }
    return rest
  }

  /// A stage's heading as the screens show it: no number, no "(Optional)" or time where a mark says so.
  static func title(_ stage: PlannedStage) -> String {
    let text = title(stage.title)
    guard text.hasSuffix(")"), let open = text.lastIndex(of: "("), open > text.startIndex,
      stage.optional || stage.estimate.map({ text[open...].contains($0.text) }) ?? false
    else {
      return text
    }
    return text[..<open].trimmingCharacters(in: .whitespaces)
  }

  /// `10-15 minutes` → `10-15 min`; what it adds in brackets is left to the document.
  static func estimate(_ estimate: Estimate?) -> String {
    guard let estimate else { return "" }
    let brief = estimate.text.prefix { $0 != "(" }.trimmingCharacters(in: CharacterSet(charactersIn: " .,;:"))
    return (brief.isEmpty ? estimate.text : brief).split(separator: " ").map { word in
      ["minutes": "min", "minute": "min", "hours": "h", "hour": "h", "seconds": "s", "days": "d"][String(word)]
        ?? String(word)
    }.joined(separator: " ")
  }

  /// `by sudo`, `on host-1`, `in gateway`.
  static func place(_ place: Place) -> String {
    switch place {
    case .here: "here"
    case .sudo(let user): user.map { "as \($0)" } ?? "by sudo"
    case .ssh(let host, _): "on \(host)"
    case .container(let name, _), .pod(let name, _): "in \(name)"
    case .nested(let outer, let inner): "\(Self.place(outer)) \(Self.place(inner))"
    }
  }

  /// As the author wrote it: without the folder that a carried script was kept in, and with short commit ids.
  static func command(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let mark = rest.range(of: carriedMark) {
      result += rest[..<mark.lowerBound]
      rest = rest[mark.upperBound...]
      if let quote = rest.firstIndex(of: "\"") {
        result += rest[..<quote]
        rest = rest[rest.index(after: quote)...]
      }
    }
    return (result + rest).split(separator: " ", omittingEmptySubsequences: false).map { word in
      word.count == 40 && word.allSatisfy(\.isHexDigit) ? String(word.prefix(7)) : String(word)
    }.joined(separator: " ")
  }

  private static let carriedMark = "\"$BACKOUT_CARRIED/"
  static func isCarried(_ step: PlannedStep) -> Bool { step.command.contains(carriedMark) }

  /// A check as one line of at most `columns`: what is asked and what must come.
  static func check(_ check: Check, _ columns: Int) -> String {
    let asked: String =
      switch check.question {
      case .http(let question): "\(question.method) \(question.url)"
      case .sql(let sql): sql.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      case .command(let command): command.firstLine
      case .output: "its output"
      case .confirmation(let text): "you say: \(text)"
      }
    let answer = expected(check.expectation)
    return answer.isEmpty
      ? Text.cut(asked, columns) : "\(Text.cut(asked, columns - Text.width(answer) - 3)) → \(answer)"
  }

  private static func expected(_ expectation: Expectation) -> String {
    if let bound = expectation.bound, let comparison = expectation.comparison {
      let number = bound == bound.rounded() && abs(bound) < 1e15 ? String(Int(bound)) : String(bound)
      return comparison == .equal ? number : "\(comparison.rawValue) \(number)"
    }
    if let value = expectation.equals, let text = try? CanonicalJSON.text(of: value) { return Text.cut(text, 30) }
    if let status = expectation.httpStatus { return String(status) }
    return expectation.exitStatus.map { "exit \($0)" } ?? ""
  }

  /// In a few words what became of a step.
  static func outcome(_ record: StepRecord) -> String {
    if record.note.isEmpty { return record.state == .pending ? "" : record.state.rawValue }
    return record.note.shownLine
  }
}

extension PlannedStep {
  /// The effect in its layer's words where the command does not say it as well, else the command as written.
  var shownTitle: String {
    let text = Wording.command(command)
    guard isExecutable, effects.count == 1, let effect = effects.first, effect.layer != .unknown else {
      return oneLine(text)
    }
    let summary = Wording.command(effect.summary)
    if effect.layer == .endpoint { return Self.parted(summary).title }
    return text.contains("\n") || Text.width(text) > Text.width(summary) ? summary : oneLine(text)
  }

  /// Where an endpoint's step goes: the host that its summary names.
  var shownHost: String? {
    guard let effect = effects.first, effects.count == 1, effect.layer == .endpoint else { return nil }
    return Self.parted(effect.summary).host
  }

  private static func parted(_ summary: String) -> (title: String, host: String?) {
    guard summary.hasSuffix(")"), let open = summary.range(of: " (", options: .backwards) else { return (summary, nil) }
    return (String(summary[..<open.lowerBound]), String(summary[open.upperBound...].dropLast()))
  }

  private func oneLine(_ text: String) -> String {
    let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    return isExecutable ? lines.first ?? "" : lines.joined(separator: "; ")
  }

  /// A `- [ ]` item that no check answers.
  var isConfirmation: Bool {
    if case .confirm = action { return verifications.isEmpty }
    return false
  }

  /// A run of it would be counted as unproven.
  var hasNoProof: Bool {
    if verifications.contains(where: { !$0.expectation.isForPerson }) { return false }
    let changes = effects.filter { $0.role == .change }
    return isExecutable
      && (changes.isEmpty ? role != .observe : changes.contains { $0.layer == .unknown || $0.isUnseen == true })
  }

  /// Of what nobody knows, nothing is kept, and nobody has said what would undo it.
  var isLeftByUndo: Bool {
    undoCommand == nil && effects.allSatisfy { $0.role != .change || $0.isOpaque }
  }

  /// New files that are backups: an undo leaves them.
  var makesOnlyBackups: Bool {
    let changes = effects.filter { $0.role == .change }
    return undoCommand == nil && realKeep == nil && !changes.isEmpty && changes.allSatisfy { $0.makesBackup == true }
  }

  /// What is kept, where there is something to keep.
  var realKeep: String? {
    guard changes, let keeps, !keeps.hasPrefix("no "), !keeps.hasPrefix("0 "), !keeps.hasPrefix("nothing") else {
      return nil
    }
    return keeps
  }
}
