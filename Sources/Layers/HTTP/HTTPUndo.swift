import Foundation
import Layer
import Runbook

/// A before-image could not be taken.
struct NothingKept: Error, CustomStringConvertible {
  var summary: String
  var why: String
  var description: String { "\(summary): nothing was kept and nothing was changed: \(why)" }
}

/// Keeps a resource as GET returns it, and puts back the fields that one request wrote.
struct HTTPUndo {
  let effect: Effect
  let environment: StepEnvironment

  /// What lies in the image store.
  private struct Kept: Codable {
    var status: Int
    var contentType: String?
    var body: Data
    /// What the step wrote, as far as it stood in files: they may be gone or edited when it is undone.
    var files: [String: Data]?
  }

  private static let blobName = "http-before"

  func keep(before: Observation) async throws -> BeforeImage {
    let parameters = try effect.httpParameters()
    let request = parameters.request
    guard request.isSeen else {
      return BeforeImage(driver: effect.driver, summary: "nothing: what a \(request.method) changes cannot be seen")
    }
    if let blob = try await environment.images.kept(Self.blobName) {
      let kept = try CanonicalJSON.value(Kept.self, of: try await environment.images.load(blob))
      return image(of: kept, in: blob)
    }
    guard before.isObserved else { throw NothingKept(summary: effect.summary, why: before.summary) }
    let files = try request.bodyFiles()
    let look = try await ResourceLook(parameters, in: environment, files: files)
    guard look.observation.isSameState(as: before) else {
      throw NothingKept(summary: effect.summary, why: "somebody changed it since it was looked at")
    }
    let kept = Kept(
      status: look.response.status, contentType: look.response.contentType, body: look.response.body, files: files)
    let blob = try await environment.images.save(Self.blobName, data: try CanonicalJSON.data(of: kept))
    return image(of: kept, in: blob)
  }

  private func image(of kept: Kept, in blob: BlobReference) -> BeforeImage {
    let exists = kept.status != 404 && kept.status != 410
    return BeforeImage(
      driver: effect.driver, blobs: [blob], facts: .object(["exists": .bool(exists)]),
      summary: exists ? "the present fields, \(kept.body.count.counted("byte"))" : "that it was not there")
  }

  func undo(_ image: BeforeImage, after: Observation, answer: ConflictAnswer?) async throws -> Undone {
    let parameters = try effect.httpParameters()
    guard let blob = image.blobs.first else {
      let why = "a \(parameters.request.method) cannot be taken back"
      return Undone(notRestored: [parameters.target], summary: why)
    }
    let kept = try CanonicalJSON.value(Kept.self, of: try await environment.images.load(blob))
    do {
      let now = try await ResourceLook(parameters, in: environment, files: kept.files)
      guard now.observation.isObserved else {
        return Undone(
          notRestored: [parameters.target], summary: "nothing was put back: \(now.observation.summary)")
      }
      let response = HTTPResponse(
        status: kept.status, reason: "", headers: kept.contentType.map { [("Content-Type", $0)] } ?? [],
        body: kept.body, isCut: false)
      let before = ResourceLook(parameters, response: response, written: now.written)
      let writer = ResourceWriter(
        parameters: parameters, environment: environment, files: kept.files, before: before, now: now,
        left: after.resource(at: parameters.target), answer: answer)
      if before.isMissing { return try await writer.remove() }
      if parameters.request.method == "DELETE" { return try await writer.create() }
      if case .whole = now.written { return try await writer.writeWhole() }
      return try await writer.writeFields()
    } catch let failure as HTTPFailure {
      return Undone(
        notRestored: [parameters.target], summary: environment.redactor.redact("not put back: \(failure.description)"))
    } catch let failure as UnreadableBody {
      return Undone(notRestored: [parameters.target], summary: "not put back: \(failure.description)")
    }
  }
}

/// Puts one resource back as it was, as far as the step answers for it, and proves it by GET.
private struct ResourceWriter {
  let parameters: HTTPParameters
  let environment: StepEnvironment
  let files: [String: Data]?
  let before: ResourceLook
  let now: ResourceLook
  /// What the step left; nil where nobody saw.
  let left: ResourceState?
  let answer: ConflictAnswer?

  private var target: String { parameters.target }
  private var url: String { parameters.request.url }

  // MARK: Fields

  func writeFields() async throws -> Undone {
    guard !now.isMissing else {
      return Undone(
        conflicts: [Conflict(target: target, kept: "the fields", left: "the request's fields", now: "not there")],
        summary: "it is not there any more: somebody removed it after the step")
    }
    guard let beforeMembers = before.members, let nowMembers = now.members else {
      return Undone(notRestored: [target], summary: "the body is no JSON object: its fields cannot be put back")
    }
    var undone = Undone(summary: "")
    var toWrite: [String: JSONValue] = [:]
    var toRemove: [String] = []
    for name in now.names {
      let was = beforeMembers[name]
      let present = nowMembers[name]
      // Two masks are equal whatever stands behind them.
      if let was, ResourceFields.hasMasked(was) {
        undone.notRestored.append("\(target) \(name): it was shown masked, so it was not kept")
        continue
      }
      if digest(was, name) == digest(present, name) {
        undone.restored.append("\(target) \(name)")
        continue
      }
      if !isAsLeft(name, present) {
        undone.conflicts.append(
          Conflict(
            target: "\(target) \(name)", kept: shown(was, name), left: "the request's value", now: shown(present, name))
        )
        if answer != .putBack { continue }
        undone.conflicts.removeLast()
      }
      if let was { toWrite[name] = was } else { toRemove.append(name) }
    }
    if !toWrite.isEmpty || !toRemove.isEmpty {
      try await write(toWrite, removing: toRemove, into: &undone)
    }
    undone.summary = summary(of: undone, beforeMembers, nowMembers)
    return undone
  }

  /// Whether nobody changed the field since the step.
  private func isAsLeft(_ name: String, _ present: JSONValue?) -> Bool {
    if let left, left.exists { return left.whole[name] ?? .null == digest(present, name) }
    guard case .fields(let fields, let isText) = now.written, let value = fields[name] else { return false }
    return ResourceFields.areEqual(present, value, isText: isText)
  }

  private func write(_ fields: [String: JSONValue], removing: [String], into undone: inout Undone) async throws {
    var body = fields
    if parameters.request.method == "PATCH" {
      for (name, was) in fields { body[name] = Self.mergePatch(from: now.members?[name], to: was) }
      for name in removing { body[name] = .null }
    }
    var refusal: String?
    if !body.isEmpty {
      let response = try await send(method: parameters.request.method, body: encoded(body))
      if response.status >= 400 { refusal = response.line }
    }
    let proof = try await look()
    for name in fields.keys.sorted() + removing {
      let was = before.members?[name]
      if proof.observation.isObserved, !proof.isMissing, digest(proof.members?[name], name) == digest(was, name) {
        undone.restored.append("\(target) \(name)")
      } else if removing.contains(name) {
        undone.notRestored.append("\(target) \(name): it was not there before, and the API keeps it")
      } else {
        let why = refusal.map { "the API answers \($0)" } ?? "GET returns another value"
        undone.notRestored.append("\(target) \(name): \(why)")
      }
    }
  }

  /// What makes `to` of `from` under RFC 7396: null removes a member.
  private static func mergePatch(from: JSONValue?, to: JSONValue) -> JSONValue {
    guard case .object(let members) = to, case .object(let present)? = from else { return to }
    var patch = members.filter { present[$0.key] != $0.value }
    for (name, value) in patch { patch[name] = mergePatch(from: present[name], to: value) }
    for name in present.keys where members[name] == nil { patch[name] = .null }
    return .object(patch)
  }

  private func summary(
    of undone: Undone, _ beforeMembers: [String: JSONValue], _ nowMembers: [String: JSONValue]
  ) -> String {
    var parts = [
      "\(undone.restored.count) of \(now.names.count.counted("field is as it was", "fields are as they were"))"
    ]
    let lost = beforeMembers.keys.filter { nowMembers[$0] == nil && !now.names.contains($0) }.sorted()
    if !lost.isEmpty { parts.append("\(HTTPDriver.list(lost)) is gone and stays so: name it under restore:") }
    let other = beforeMembers.keys.filter { name in
      guard let present = nowMembers[name], !now.names.contains(name) else { return false }
      return digest(beforeMembers[name], name) != digest(present, name)
    }.sorted()
    if !other.isEmpty { parts.append("\(HTTPDriver.list(other)) differs too, and is not the step's") }
    if answer == .exportBoth, !undone.conflicts.isEmpty { parts.append("what was kept stays in the before-image") }
    return parts.joined(separator: "; ")
  }

  // MARK: The whole body

  func writeWhole() async throws -> Undone {
    func isSame(_ look: ResourceLook) -> Bool { look.response.body == before.response.body && !look.isMissing }
    if isSame(now) { return Undone(restored: [target], summary: "already as it was") }
    let digest = ResourceFields.digest(of: now.response.body, url: url)
    if left?.fields[ResourceFields.wholeBody] != digest, answer != .putBack {
      return Undone(
        conflicts: [conflict(now: now.isMissing ? "not there" : "another body")],
        summary: "the body is newer than what the step left")
    }
    let response = try await send(
      method: parameters.request.method, body: before.response.body, contentType: before.response.contentType)
    let proof = try await look()
    if isSame(proof) { return Undone(restored: [target], summary: "GET returns the body as it was") }
    return Undone(notRestored: ["\(target): the API answers \(response.line)"], summary: "the body is not as it was")
  }

  // MARK: The resource itself

  /// The step made it: it goes again, while it is as the step left it.
  func remove() async throws -> Undone {
    if now.isMissing { return Undone(restored: [target], summary: "it is not there, as before") }
    if left == nil || left?.whole != now.state.whole, answer != .putBack {
      return Undone(
        conflicts: [conflict(now: "other fields")], summary: "somebody changed what the step made: it is left alone")
    }
    let response = try await send(method: "DELETE", body: nil)
    if try await look().isMissing {
      return Undone(restored: [target], summary: "it is not there, as before")
    }
    return Undone(
      notRestored: ["\(target): DELETE answers \(response.line)"], summary: "the step made it, and it stays")
  }

  /// The step deleted it: it is made again, where nobody else made it in between.
  func create() async throws -> Undone {
    guard let members = before.members else {
      return Undone(notRestored: [target], summary: "the body is no JSON object: it cannot be put back")
    }
    if !now.isMissing {
      if digests(now.members ?? [:]) == digests(members) {
        return Undone(restored: [target], summary: "it is there, as it was")
      }
      if answer != .putBack {
        return Undone(
          conflicts: [conflict(now: "other fields")], summary: "somebody made it again after the step: it is left alone"
        )
      }
    }
    let readable = members.filter { !ResourceFields.hasMasked($0.value) }
    let plain = readable.filter { !Self.isSetByServer($0.key) }
    var answers: [String] = []
    for (method, fields) in [("PUT", readable), ("PUT", plain), ("POST", plain)] {
      let response = try await send(method: method, body: encoded(fields))
      answers.append("\(method) \(response.line)")
      if response.status < 400 { break }
    }
    let proof = try await look()
    guard !proof.isMissing, proof.observation.isObserved, let present = proof.members else {
      return Undone(
        notRestored: ["\(target): \(answers.joined(separator: ", "))"], summary: "the API does not take it back")
    }
    let missing = members.keys.filter { digest(members[$0], $0) != digest(present[$0], $0) }.sorted()
    return Undone(
      restored: members.keys.filter { !missing.contains($0) }.sorted().map { "\(target) \($0)" },
      notRestored: missing.map { "\(target) \($0): not as it was" },
      summary: missing.isEmpty
        ? "it is there, as it was" : "it is there again; not as it was: \(HTTPDriver.list(missing))")
  }

  /// Names that APIs set by themselves and refuse to take.
  private static func isSetByServer(_ name: String) -> Bool {
    let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
    return ["id", "createdat", "updatedat", "created", "updated", "modifiedat", "etag", "self", "href", "links"]
      .contains(plain)
  }

  // MARK: Shared

  private func look() async throws -> ResourceLook {
    try await ResourceLook(parameters, in: environment, files: files)
  }

  private func conflict(now: String) -> Conflict {
    Conflict(target: target, kept: before.isMissing ? "not there" : "the fields", left: "what the step left", now: now)
  }

  private func digest(_ value: JSONValue?, _ name: String) -> JSONValue {
    ResourceFields.digest(of: value, at: name, url: url)
  }

  private func digests(_ members: [String: JSONValue]) -> [String: JSONValue] {
    Dictionary(uniqueKeysWithValues: members.map { ($0.key, digest($0.value, $0.key)) })
  }

  private func shown(_ value: JSONValue?, _ name: String) -> String {
    guard let value else { return "not there" }
    if SecretHeader.isSecret(name) || SensitiveNames.matches(name) { return "(not shown)" }
    let text = environment.redactor.redact(value.withoutSensitiveMembers.plainText)
    return text.count > 80 ? text.prefix(79) + "…" : text
  }

  private func encoded(_ fields: [String: JSONValue]) throws -> Data {
    if case .fields(_, isText: true) = now.written {
      let pairs = fields.sorted { $0.key < $1.key }.map {
        "\(URLText.encoded($0.key))=\(URLText.encoded($0.value.plainText))"
      }
      return Data(pairs.joined(separator: "&").utf8)
    }
    return try CanonicalJSON.data(of: fields)
  }

  private func send(method: String, body: Data?, contentType: String? = nil) async throws -> HTTPResponse {
    var request = parameters.request
    request.body = nil
    var call = try await request.call(in: environment)
    call.method = method
    call.body = body
    if body == nil { call.headers.removeAll { $0.name.lowercased() == "content-type" } }
    let isForm = if case .fields(_, isText: true) = now.written { true } else { false }
    if let type = contentType ?? (parameters.request.method == "DELETE" && !isForm ? "application/json" : nil),
      body != nil
    {
      call.headers.removeAll { $0.name.lowercased() == "content-type" }
      call.headers.append(("Content-Type", type))
    }
    return try await HTTPExchange.send(call)
  }
}
