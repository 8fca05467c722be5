import Foundation
import Layer
import Runbook
import RunbookReading

/// A declared file: its fields are the state, and they are put back one by one.
struct DeclaredFile {
  let look: DeclaredLook

  private var declared: DeclaredEffect { look.declared }
  private var environment: StepEnvironment { look.environment }
  private var files: any PlaceFiles { environment.files(of: look.effect) }
  private var path: String { declared.path ?? "" }
  private var name: String { (path as NSString).lastPathComponent }

  private struct Content {
    var state: FileState
    var document: FieldDocument
  }

  private func content() async throws -> Content? {
    guard path.hasPrefix("/") else {
      throw DeclaredFailure(
        description: "\(path) is relative to a folder that only \(look.effect.place.label) knows: give file: whole")
    }
    guard let (state, text) = try await files.text(of: files.resolvingLinks(path)) else { return nil }
    return Content(state: state, document: try document(text))
  }

  private func document(_ text: String) throws -> FieldDocument {
    do {
      return try FieldDocument(text, isJSON: name.hasSuffix(".json"))
    } catch {
      throw DeclaredFailure(description: "\(path): \(error)")
    }
  }

  // MARK: Observing

  func observation() async throws -> Observation {
    if let name = declared.missing.first { throw DeclaredFailure(description: "$\(name) has no value yet") }
    var parts: [String] = []
    var state: [String: JSONValue] = [:]
    if let content = try await content() {
      let leaves = content.document.leaves(of: declared.layer.fields).reduce(into: [String: JSONValue]()) {
        result, leaf in
        result[leaf.key] = shown(leaf.value, at: leaf.key)
      }
      state = ["content": .string(content.state.text), "fields": .object(leaves)]
      parts = leaves.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.plainText)" }
      if parts.count > 5 { parts = parts.prefix(5) + ["and \(parts.count - 5) more"] }
    } else {
      parts = ["\(name) is not there"]
    }
    if let isVerified = try await look.isVerified() { state["verified"] = .bool(isVerified) }
    if let observe = declared.layer.observe {
      // What is measured is never twice the same: it is shown, and no part of the state.
      do { parts.append("seen: \(try await look.seen(by: observe).shown)") } catch let failure as DeclaredFailure {
        parts.append("not seen: \(environment.redactor.redact(failure.description))")
      }
    }
    return Observation(states: [declared.target: .object(state)], summary: parts.joined(separator: ", "))
  }

  private func shown(_ value: JSONValue, at path: String) -> JSONValue {
    let text = value.plainText
    let isSecret = SensitiveNames.matches(path) || environment.redactor.redact(text) != text
    return isSecret || text.count > 200 ? .string("digest \(Digest(of: "\(path)\0\(text)").short)") : value
  }

  /// Dotted path → what it must be.
  private static func wanted(_ declared: DeclaredEffect) -> [String: JSONValue]? {
    guard case .fields(let fields) = declared.layer.wanted else { return nil }
    func filled(_ value: JSONValue) -> JSONValue {
      switch value {
      case .string(let text): .string(CommandTemplate(text: text).plain(declared.captures))
      case .object(let members): .object(members.mapValues(filled))
      case .array(let items): .array(items.map(filled))
      default: value
      }
    }
    var leaves: [String: JSONValue] = [:]
    for (path, value) in fields {
      let inner = FieldDocument.leaves(of: ["value"], in: ["value": filled(value)])
      for (key, leaf) in inner { leaves[path + key.dropFirst("value".count)] = leaf }
    }
    return leaves
  }

  // MARK: Forecast and verdict

  static func forecast(_ begun: Forecast, _ declared: DeclaredEffect, before: Observation) -> Forecast {
    var forecast = begun
    let path = declared.path ?? ""
    let name = (path as NSString).lastPathComponent
    let fields = before.fields(at: declared.target)
    forecast.keeps = name
    if let wanted = wanted(declared) {
      forecast.to = wanted.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.plainText)" }.joined(separator: ", ")
      if wanted.allSatisfy({ fields?[$0.key] == $0.value }) {
        forecast.problems.append(
          Problem(code: "no-op", severity: .warning, message: "\(path) says so already: nothing would change"))
      }
    }
    let missing = declared.layer.fields.filter { field in
      !(fields ?? [:]).keys.contains { $0 == field || $0.hasPrefix(field + ".") }
    }
    if fields == nil {
      forecast.problems.append(
        Problem(code: "field-missing", severity: .warning, message: "\(path) is not there: it has no fields to watch"))
    } else if !missing.isEmpty {
      forecast.problems.append(
        Problem(
          code: "field-missing", severity: .warning,
          message: "\(path) has no \(missing.joined(separator: ", ")): look at the fields of \(declared.name)"))
    }
    return forecast
  }

  static func verdict(
    _ declared: DeclaredEffect, before: Observation, after: Observation, outcome: Outcome?
  ) -> Verdict {
    let name = ((declared.path ?? "") as NSString).lastPathComponent
    let fields = after.fields(at: declared.target) ?? [:]
    if let wanted = wanted(declared) {
      for (path, value) in wanted.sorted(by: { $0.key < $1.key }) where fields[path] != value {
        return .refuted("\(path) in \(name) is \(fields[path]?.plainText ?? "not there"), wanted \(value.plainText)")
      }
      return .proven("\(name): \(after.summary)")
    }
    if after.states[declared.target]?["verified"] == true { return .proven("\(name): \(after.summary)") }
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    return before.isObserved && before.fields(at: declared.target) == after.fields(at: declared.target)
      ? .unproven("\(name) is as before: \(after.summary)")
      : .unproven("\(name) changed: \(before.summary) → \(after.summary); what is wanted is not declared")
  }

  // MARK: Keeping and undoing

  func keep(before: Observation) async throws -> BeforeImage {
    let real = try await files.resolvingLinks(path)
    let states = try await files.states(of: [real], recursive: false)
    if try await environment.images.kept("declared-file") == nil,
      before.states[declared.target]?["content"]?.stringValue != states[real]?.text
    {
      throw DeclaredFailure(
        description: "\(path) changed since it was looked at; nothing was kept and nothing was changed")
    }
    let blob = try await FileArchive.save(states, as: "declared-file", from: files, in: environment.images)
    return BeforeImage(
      driver: look.effect.driver, blobs: [blob], facts: ["existed": .bool(states[real] != nil)], summary: name)
  }

  func undo(
    _ image: BeforeImage, before: Observation, after: Observation, answer: ConflictAnswer?
  ) async throws -> Undone {
    guard let blob = image.blobs.first else {
      return Undone(notRestored: [declared.target], summary: "nothing was kept of \(path)")
    }
    let real = try await files.resolvingLinks(path)
    let present = try await files.states(of: [real], recursive: false)[real]
    let was = before.states[declared.target]?["content"]?.stringValue
    let left = after.states[declared.target]?["content"]?.stringValue
    if present?.text == was { return Undone(restored: [declared.target], summary: "\(name) is as before") }
    if present?.text == left || (answer == .putBack && present == nil) {
      if was == nil {
        try await files.remove(real)
      } else {
        try await FileArchive.restore(blob, from: environment.images, to: files, destinations: [real: real])
      }
      return Undone(restored: [declared.target], summary: "\(name) put back to the byte")
    }
    // Somebody else wrote it since: only what the step changed goes back.
    guard let now = try await content(), was != nil else {
      return Undone(
        conflicts: [
          Conflict(
            target: declared.target, kept: before.summary, left: after.summary,
            now: present == nil ? "not there" : "another content")
        ], summary: "\(name) is newer than what the step left")
    }
    let kept = try document(
      String(decoding: try await FileArchive.bytes(of: blob, from: environment.images), as: UTF8.self))
    var merge = FieldMerge(kept: kept, document: now.document, target: declared.target)
    let fieldsNow = now.document.leaves(of: declared.layer.fields).reduce(into: [String: JSONValue]()) { result, leaf in
      result[leaf.key] = shown(leaf.value, at: leaf.key)
    }
    merge.putBack(
      before: before.fields(at: declared.target) ?? [:], after: after.fields(at: declared.target) ?? [:],
      now: fieldsNow, overwrites: answer == .putBack)
    if merge.document.text != now.document.text {
      try await files.write(merge.document.text, to: real, like: now.state)
    }
    if answer == .exportBoth, !merge.undone.conflicts.isEmpty {
      try await files.write(kept.text, to: "\(real).backout-kept", like: now.state)
      merge.undone.notRestored.append("\(declared.target): the kept version is \(real).backout-kept")
    }
    return merge.undone
  }
}

/// Puts fields back into a document that somebody else changed as well.
private struct FieldMerge {
  let kept: FieldDocument
  var document: FieldDocument
  let target: String
  var undone = Undone(summary: "")

  init(kept: FieldDocument, document: FieldDocument, target: String) {
    self.kept = kept
    self.document = document
    self.target = target
  }

  mutating func putBack(
    before: [String: JSONValue], after: [String: JSONValue], now: [String: JSONValue], overwrites: Bool
  ) {
    var restored = 0
    for path in Set(before.keys).union(after.keys).sorted() where before[path] != after[path] {
      if now[path] == before[path] {
        restored += 1
      } else if now[path] == after[path] || overwrites {
        if let replaced = document.replacing(path, from: kept) {
          document = replaced
          restored += 1
        } else {
          undone.notRestored.append("\(target) \(path): it cannot be put back alone, since others changed the file too")
        }
      } else {
        undone.conflicts.append(
          Conflict(
            target: "\(target) \(path)", kept: text(before[path]), left: text(after[path]), now: text(now[path])))
      }
    }
    if restored > 0 { undone.restored = [target] }
    undone.summary =
      "\(restored) fields put back, the rest of the file left as others made it"
      + (undone.conflicts.isEmpty ? "" : "; \(undone.conflicts.count) left, being newer")
  }

  private func text(_ value: JSONValue?) -> String { value?.plainText ?? "not there" }
}

extension Observation {
  /// Of a declared file; nil where it is not there.
  fileprivate func fields(at target: String) -> [String: JSONValue]? { states[target]?["fields"]?.objectValue }
}
