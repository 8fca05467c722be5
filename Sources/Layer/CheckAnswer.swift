import Foundation
import Runbook

/// What a check's question was answered with.
public struct Answer: Codable, Hashable, Sendable {
  /// A count, a row, a JSON body; nil where the answer is text alone.
  public var value: JSONValue?
  public var text: String
  public var exitStatus: Int?
  public var httpStatus: Int?

  public init(value: JSONValue? = nil, text: String, exitStatus: Int? = nil, httpStatus: Int? = nil) {
    self.value = value
    self.text = text
    self.exitStatus = exitStatus
    self.httpStatus = httpStatus
  }

  /// The answer that a step's own output gives.
  public init(_ outcome: Outcome) {
    self.init(
      value: outcome.value, text: outcome.output, exitStatus: outcome.exitStatus, httpStatus: outcome.httpStatus)
  }
}

/// Answers checks of one kind, read-only.
public protocol CheckAnswering: Sendable {
  /// Nil where the question is not of this kind. Throws where the system that was asked did not answer.
  func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer?
}

extension Expectation {
  /// Whether a machine can judge nothing of it: a person is asked.
  public var isForPerson: Bool { prose != nil && !hasMachineParts }

  private var hasMachineParts: Bool {
    equals != nil || !contains.isEmpty || exitStatus != nil || httpStatus != nil || !json.isEmpty
      || comparison != nil
  }

  /// Whether `answer` is as expected, and what to say of it: `0, as expected`, `503, expected status 200`. Prose is
  /// never judged: an expectation that `isForPerson` does not hold by itself.
  public func judge(_ answer: Answer) -> (holds: Bool, said: String) {
    if let prose, !hasMachineParts { return (false, "a person says whether: \(prose)") }
    guard hasMachineParts else { return judgeSuccess(answer) }
    let parts =
      [judgeStatus(answer), judgeExit(answer), judgeEquals(answer), judgeComparison(answer)].compactMap(\.self)
      + contains.map { judgeContains($0, answer) } + json.sorted { $0.key < $1.key }.map { judgeMember($0, $1, answer) }
    let failed = parts.filter { !$0.holds }
    return (failed.isEmpty, (failed.isEmpty ? parts : failed).map(\.said).joined(separator: "; "))
  }

  private typealias Judgement = (holds: Bool, said: String)

  private func judgeSuccess(_ answer: Answer) -> Judgement {
    if let status = answer.httpStatus { return (status < 400, "status \(status)") }
    if let status = answer.exitStatus {
      return (status == 0, "exit \(status)\(status == 0 ? "" : Self.end(of: answer))")
    }
    return (true, Self.shown(answer))
  }

  private func judgeStatus(_ answer: Answer) -> Judgement? {
    guard let httpStatus else { return nil }
    guard let status = answer.httpStatus else { return (false, "no HTTP status, expected \(httpStatus)") }
    return (
      status == httpStatus, status == httpStatus ? "status \(status)" : "status \(status), expected \(httpStatus)"
    )
  }

  private func judgeExit(_ answer: Answer) -> Judgement? {
    guard let exitStatus else { return nil }
    guard let status = answer.exitStatus else { return (false, "no exit status, expected \(exitStatus)") }
    if status == exitStatus { return (true, "exit \(status)") }
    return (false, "exit \(status), expected \(exitStatus)\(Self.end(of: answer))")
  }

  private func judgeEquals(_ answer: Answer) -> Judgement? {
    guard let equals else { return nil }
    let value = answer.value ?? .string(answer.text)
    let holds = Self.areEqual(value, equals)
    return (holds, holds ? "\(Self.shown(answer)), as expected" : "\(Self.shown(answer)), expected \(equals.plainText)")
  }

  private func judgeComparison(_ answer: Answer) -> Judgement? {
    guard let comparison, let bound else { return comparison == nil ? nil : (false, "no bound to compare with") }
    let wanted = "\(comparison.rawValue) \(JSONValue.number(bound).withWholeNumbers.plainText)"
    guard let number = Self.number(answer.value ?? .string(answer.text)) else {
      return (false, "\(Self.shown(answer)) is not a number, expected \(wanted)")
    }
    let holds = comparison.holds(number, bound)
    return (holds, holds ? "\(Self.shown(answer)) is \(wanted)" : "\(Self.shown(answer)), expected \(wanted)")
  }

  private func judgeContains(_ part: String, _ answer: Answer) -> Judgement {
    let holds = answer.text.contains(part) || (answer.value?.plainText.contains(part) ?? false)
    return (holds, holds ? "contains \(part)" : "\(Self.shown(answer)) does not contain \(part)")
  }

  private func judgeMember(_ path: String, _ wanted: JSONValue, _ answer: Answer) -> Judgement {
    let body = answer.value ?? (try? JSONValue(parsing: answer.text))
    let plain = path.dropping(prefix: "$.") ?? path
    guard let member = body?.member(at: plain) else {
      return (false, "\(plain) is not there, expected \(wanted.plainText)")
    }
    let holds = Self.areEqual(member, wanted)
    if SensitiveNames.matches(plain.split(separator: ".").last.map(String.init) ?? plain) {
      return (holds, "\(plain) is \(holds ? "" : "not ")as expected")
    }
    let said = "\(plain) is \(Self.cut(member.withoutSensitiveMembers.plainText))"
    return (holds, holds ? said : said + ", expected \(wanted.plainText)")
  }

  /// Equal as people write values: `"0"` is 0, `t` is no word for true.
  package static func areEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
    let left = left.withWholeNumbers
    let right = right.withWholeNumbers
    if left == right { return true }
    if case .array(let items) = left, items.count == 1, let item = items.first { return areEqual(item, right) }
    guard left.arrayValue == nil, left.objectValue == nil, right.arrayValue == nil, right.objectValue == nil else {
      if let text = left.stringValue, let parsed = try? JSONValue(parsing: text) {
        return parsed.withWholeNumbers == right
      }
      return false
    }
    if let leftNumber = number(left), let rightNumber = number(right) { return leftNumber == rightNumber }
    return trimmed(left.plainText) == trimmed(right.plainText)
  }

  /// A number as an answer gives it: `12`, `"12"`, `95 %`.
  private static func number(_ value: JSONValue) -> Double? {
    switch value {
    case .integer(let number): return Double(number)
    case .number(let number): return number
    case .string(let text):
      var text = trimmed(text)
      if text.hasSuffix("%") { text = trimmed(String(text.dropLast())) }
      return Double(text)
    case .array(let items): return items.count == 1 ? items.first.flatMap(number) : nil
    default: return nil
    }
  }

  private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

  /// `: the last line`, which says mostly why.
  private static func end(of answer: Answer) -> String {
    answer.text.split(whereSeparator: \.isNewline).last.map { ": \(cut(trimmed(String($0))))" } ?? ""
  }

  private static func shown(_ answer: Answer) -> String {
    let text = trimmed(answer.value?.withoutSensitiveMembers.plainText ?? answer.text)
    return text.isEmpty ? "nothing" : cut(text.split(whereSeparator: \.isNewline).joined(separator: " · "))
  }

  private static func cut(_ text: String) -> String { text.count > 120 ? text.prefix(119) + "…" : text }
}

extension JSONValue {
  /// The same value with `1.0` as `1` everywhere, so that equal numbers are equal values.
  public var withWholeNumbers: JSONValue {
    switch self {
    case .number(let value): Int(exactly: value).map(JSONValue.integer) ?? self
    case .array(let items): .array(items.map(\.withWholeNumbers))
    case .object(let members): .object(members.mapValues(\.withWholeNumbers))
    default: self
    }
  }
}
