import Foundation
import Layer
import Runbook

/// The fields of a resource, as far as one request is concerned.
enum ResourceFields {
  /// What a request writes.
  enum Written {
    /// Top-level field → value. `isText`: a form, whose values are all text.
    case fields([String: JSONValue], isText: Bool)
    /// The whole body, which is no object.
    case whole(Data)
    case nothing
  }

  /// The path of a body that is one value.
  static let wholeBody = "(body)"

  static func written(by body: Data?, contentType: String?) -> Written {
    guard let body, !body.isEmpty else { return .nothing }
    if let json = try? JSONDecoder().decode(JSONValue.self, from: body) {
      if case .object(let members) = json { return .fields(members, isText: false) }
      return .whole(body)
    }
    guard contentType?.hasPrefix("application/x-www-form-urlencoded") ?? false,
      let pairs = URLComponents(string: "?" + String(decoding: body, as: UTF8.self))?.queryItems,
      !pairs.isEmpty, pairs.allSatisfy({ $0.value != nil })
    else { return .whole(body) }
    let fields = pairs.map { ($0.name, JSONValue.string(($0.value ?? "").replacingOccurrences(of: "+", with: " "))) }
    return .fields(Dictionary(fields, uniquingKeysWith: { $1 }), isText: true)
  }

  /// Dotted path → value, for every value that is not an object with members. An array is one value.
  static func leaves(of value: JSONValue, at path: String = "") -> [String: JSONValue] {
    guard case .object(let members) = value, !members.isEmpty else { return [path: value] }
    return members.reduce(into: [:]) { result, member in
      result.merge(leaves(of: member.value, at: path.isEmpty ? member.key : "\(path).\(member.key)")) { $1 }
    }
  }

  static func leaves(of members: [String: JSONValue]) -> [String: JSONValue] {
    members.isEmpty ? [:] : leaves(of: .object(members))
  }

  /// The object of a response that holds the fields: the body itself, or the one member that wraps it.
  static func resource(in body: JSONValue, with names: some Collection<String>) -> [String: JSONValue]? {
    guard case .object(let members) = body else { return nil }
    if names.isEmpty || names.contains(where: { members[$0] != nil }) { return members }
    let wrapped = members.values.compactMap(\.objectValue).filter { inner in names.allSatisfy { inner[$0] != nil } }
    return wrapped.count == 1 ? wrapped[0] : members
  }

  /// Whether an API shows this value only in part.
  static func isMasked(_ value: JSONValue) -> Bool {
    guard case .string(let text) = value, !text.isEmpty else { return false }
    let marks: Set<Character> = ["•", "●", "*", "∗", "█"]
    if text.count >= 3, text.allSatisfy(marks.contains) { return true }
    var run = 0
    for character in text {
      run = marks.contains(character) ? run + 1 : 0
      if run >= 4 { return true }
    }
    let word = text.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: "<>[](){} "))
    return ["redacted", "masked", "hidden", "filtered", "secret hidden"].contains(word)
  }

  static func hasMasked(_ value: JSONValue) -> Bool { leaves(of: value).values.contains(where: isMasked) }

  /// Sixteen hex digits that say whether two values are equal and nothing more.
  static func digest(of value: JSONValue?, at path: String, url: String) -> JSONValue {
    guard let value else { return .null }
    return .string(String(Digest(of: "\(url)\n\(path)\n\(value.withWholeNumbers.canonicalText)").hex.prefix(16)))
  }

  static func digest(of data: Data, url: String) -> JSONValue {
    .string(String(Digest(of: Data("\(url)\n\(wholeBody)\n".utf8) + data).hex.prefix(16)))
  }

  static func areEqual(_ now: JSONValue?, _ wanted: JSONValue, isText: Bool) -> Bool {
    guard let now else { return wanted == .null }
    return isText ? Expectation.areEqual(now, wanted) : now.withWholeNumbers == wanted.withWholeNumbers
  }
}

/// What `observe` saw of a resource. It stands in the journal, so values are digests.
struct ResourceState: Codable, Hashable, Sendable {
  var exists: Bool
  /// Leaf path → digest, of the fields that the request writes.
  var fields: [String: JSONValue] = [:]
  /// Top-level field → digest of its whole value; null where it is not there.
  var whole: [String: JSONValue] = [:]
  /// Leaves that the request writes and that hold another value.
  var differs: [String] = []
  /// Leaves that the API shows masked.
  var masked: [String] = []
  /// Fields that the API does not show at all.
  var notShown: [String] = []
  /// Leaves that hold the request's value.
  var equal: [String] = []
}
