import Foundation
import Layer
import Runbook
import RunbookReading

/// A request whose change another address shows: a `layers:` entry whose `match`, `observe` and `undo` are a method and a
/// URL instead of commands. What the request has besides, its headers and so its credentials, the others have too.
struct DeclaredRequest: Codable, Hashable, Sendable {
  struct Line: Codable, Hashable, Sendable {
    var method: String
    var url: String
  }

  /// The name under `layers:`.
  var name: String
  /// Shows the state, by GET.
  var url: String
  /// Dotted paths into the JSON that is returned; empty: the whole body is the state.
  var fields: [String]
  /// What must be seen afterwards.
  var wanted: String?
  /// `{before}` in its URL is the state that was kept.
  var undo: Line?
  var layer: LayerKind
  var note: String?

  static let before = "{before}"
  var undoNamesBefore: Bool { undo?.url.contains(Self.before) ?? false }

  /// Of the declarations that fit, the one that says most; what the team declares wins over what Backout brings along.
  static func best(for request: CurlRequest, in context: ReadingContext) -> DeclaredRequest? {
    if request.isReadOnly { return nil }
    return best(of: DeclaredTool.all(of: context.layers), for: request, by: context.endpoints)
      ?? best(of: shipped, for: request, by: context.endpoints)
  }

  /// One YAML file a service in `Tools/`, built into the program. A test reads every one of them.
  static let files: [[UInt8]] = [PackageResources.unleash_yaml]

  static let shipped: [DeclaredTool] = files.flatMap { bytes in
    (try? BindingsReader.read(String(decoding: bytes, as: UTF8.self))).map { DeclaredTool.all(of: $0.layers) } ?? []
  }

  private static let methods: Set<String> = ["GET", "POST", "PUT", "PATCH", "DELETE"]

  /// A declaration may speak of the document's addresses, or of those that `endpoints` map them to.
  private static func best(
    of tools: [DeclaredTool], for request: CurlRequest, by endpoints: [String: String]
  ) -> DeclaredRequest? {
    let urls = [request.unmapped, request.url].compactMap(\.self)
    return DeclaredTool.best(of: tools) { tool, pattern in
      guard methods.contains(pattern.program ?? "") else { return nil }
      let captures = urls.lazy.compactMap { pattern.match([request.method, $0])?.captures }
      guard let fitting = captures.first(where: { $0.values.allSatisfy(isOneName) }) else { return nil }
      return DeclaredRequest(tool.name, tool.layer, fitting, by: endpoints)
    }
  }

  /// A capture is the beginning of a URL, or one segment of its path.
  private static func isOneName(_ capture: String) -> Bool {
    capture.contains("://") || !capture.contains { "/?#".contains($0) }
  }

  private init?(
    _ name: String, _ layer: DeclaredLayer, _ captures: [String: String], by endpoints: [String: String]
  ) {
    func line(_ text: String?) -> Line? {
      let words = (text ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count == 2, Self.methods.contains(words[0]) else { return nil }
      let url = CommandTemplate(text: words[1]).plain(captures)
      return Line(method: words[0], url: URLText.mapped(url, by: endpoints))
    }
    guard let observe = line(layer.observe), observe.method == "GET" else { return nil }
    self.name = name
    url = observe.url
    fields = layer.fields
    if case .text(let text)? = layer.wanted { wanted = CommandTemplate(text: text).plain(captures) }
    undo = line(layer.undo)
    self.layer = layer.layer.flatMap(LayerKind.init(rawValue:)) ?? .endpoint
    note = layer.note
  }

  func verdict(before: Observation, after: Observation, outcome: Outcome?, at target: String) -> Verdict {
    let isWanted = after.states[target]?["isWanted"]
    // What was not there before and is there now happened, whatever the answer was.
    if let outcome, !outcome.succeeded, isWanted != true || after.isSameState(as: before) {
      return .refuted(outcome.summary)
    }
    guard after.isObserved else { return .unproven(after.summary) }
    switch isWanted {
    case .bool(true)?: return .proven("GET returns \(after.summary)")
    case .bool(false)?: return .refuted("GET returns \(after.summary)")
    default: return .unproven("GET returns \(after.summary); what is wanted is not declared")
    }
  }
}

/// The state that a declared request changes: looked at, kept and put back.
struct DeclaredResource {
  let declared: DeclaredRequest
  let parameters: HTTPParameters
  let environment: StepEnvironment
  private static let blobName = "http-declared"

  private var target: String { parameters.target }
  private var host: String { URLText.parts(of: declared.url).host }

  /// Nil where no declaration is for the request.
  init?(_ parameters: HTTPParameters, in environment: StepEnvironment) {
    guard let declared = parameters.declared else { return nil }
    self.declared = declared
    self.parameters = parameters
    self.environment = environment
  }

  // MARK: Looking

  /// Throws `HTTPFailure`, and where a secret cannot be had.
  func get() async throws -> HTTPResponse {
    var request = parameters.request
    request.url = declared.url
    return try await HTTPExchange.send(try await request.lookCall(in: environment), attempts: 2)
  }

  func observation(of response: HTTPResponse) -> Observation {
    guard response.status < 300 else { return .notObserved("GET answers \(response.line) from \(host)") }
    guard let text = text(of: response) else {
      return .notObserved("GET returns no \(HTTPDriver.list(declared.fields)) from \(host)")
    }
    var state: [String: JSONValue] = [
      "state": .string(shown(text)), "digest": ResourceFields.digest(of: .string(text), at: "", url: declared.url),
    ]
    if let wanted = declared.wanted { state["isWanted"] = .bool(text == wanted) }
    return Observation(states: [target: .object(state)], summary: summary(of: text))
  }

  private func text(of response: HTTPResponse) -> String? {
    guard !declared.fields.isEmpty else { return response.isCut ? nil : response.text }
    guard let json = response.json else { return nil }
    var values: [String: JSONValue] = [:]
    for field in declared.fields {
      guard let value = json.member(at: field) else { return nil }
      values[field] = value
    }
    return values.count == 1 ? values.values.map(\.plainText).joined() : JSONValue.object(values).canonicalText
  }

  /// Long and secret texts stand as digests: they enter the plan, the journal and the report.
  private func shown(_ text: String) -> String {
    text.count > 80 || isSecret(text) ? "digest \(Digest(of: text).short)" : text
  }

  /// By the fields' names, by those in a value that is JSON itself, and by all that the redactor hides.
  private func isSecret(_ text: String) -> Bool {
    if declared.fields.contains(where: SensitiveNames.matches) { return true }
    if let json = try? JSONValue(parsing: text), json.withoutSensitiveMembers != json { return true }
    return environment.redactor.redactOutput(text) != text
  }

  private func summary(of text: String) -> String {
    declared.fields.count == 1 ? "\(declared.fields.joined()) \(shown(text))" : shown(text)
  }

  // MARK: The plan

  /// Throws as `get` does.
  func tell(of effect: Effect, into forecast: inout Forecast) async throws {
    let response = try await get()
    HTTPDriver.tellStatus(
      response, at: declared.url, isChange: effect.role == .change, into: &forecast, in: environment)
    let seen = observation(of: response)
    guard seen.isObserved, let state = seen.states[target] else {
      forecast.from = seen.summary
      forecast.reversibility = .partial("the state before cannot be read: \(response.line)")
      return
    }
    forecast.from = seen.summary
    forecast.to = declared.wanted.map(summary(of:)) ?? effect.summary
    forecast.keeps = "the present state"
    forecast.bytes = response.body.count
    forecast.reversibility = text(of: response).flatMap(loss)
    forecast.note = state["isWanted"] == true ? "already as wanted" : declared.note
  }

  /// An undo that names no state brings back the opposite of the wanted one: of more than two, that need not be `text`.
  private func loss(of text: String) -> Reversibility? {
    guard declared.undo != nil, !declared.undoNamesBefore, let wanted = declared.wanted, text != wanted,
      !Self.opposites.contains([text.lowercased(), wanted.lowercased()])
    else { return nil }
    return .partial("the undo request says nothing of the state before, \(shown(text))")
  }

  private static let opposites: [Set<String>] = [
    ["true", "false"], ["on", "off"], ["yes", "no"], ["1", "0"], ["enabled", "disabled"], ["active", "inactive"],
  ]

  // MARK: Keeping, putting back

  func keep(_ effect: Effect, before: Observation) async throws -> BeforeImage {
    let blob: BlobReference
    if let kept = try await environment.images.kept(Self.blobName) {
      blob = kept
    } else {
      guard before.isObserved else { throw NothingKept(summary: effect.summary, why: before.summary) }
      let response = try await get()
      guard observation(of: response).isSameState(as: before), let text = text(of: response) else {
        throw NothingKept(summary: effect.summary, why: "somebody changed it since it was looked at")
      }
      blob = try await environment.images.save(Self.blobName, data: Data(text.utf8))
    }
    return BeforeImage(driver: effect.driver, blobs: [blob], summary: "the present state: \(before.summary)")
  }

  func undo(
    _ image: BeforeImage, before: Observation, after: Observation, answer: ConflictAnswer?
  ) async throws -> Undone {
    do {
      let now = observation(of: try await get())
      guard now.isObserved else {
        return Undone(notRestored: [target], summary: "nothing was put back: \(now.summary)")
      }
      if now.isSameState(as: before) { return Undone(restored: [target], summary: "\(now.summary), as before") }
      if !now.isSameState(as: after), answer != .putBack {
        let conflict = Conflict(target: target, kept: before.summary, left: after.summary, now: now.summary)
        return Undone(conflicts: [conflict], summary: "\(declared.name) is newer than what the step left")
      }
      guard let undo = declared.undo else {
        return Undone(notRestored: [target], summary: "no undo declared for \(declared.name)")
      }
      guard let url = try await url(of: undo, image) else {
        return Undone(notRestored: [target], summary: "not put back: the state before was not kept")
      }
      // The step's body says what the step wanted.
      var request = parameters.request.withoutBody
      request.method = undo.method
      request.url = url
      let response = try await HTTPExchange.send(try await request.call(in: environment))
      let proof = observation(of: try await get())
      if proof.isSameState(as: before) { return Undone(restored: [target], summary: "\(proof.summary), as before") }
      return Undone(
        notRestored: [target],
        summary: "\(undo.method) answers \(response.line), and GET returns \(proof.summary), not \(before.summary)")
    } catch let failure as HTTPFailure {
      return Undone(
        notRestored: [target], summary: environment.redactor.redact("not put back: \(failure.description)"))
    }
  }

  /// With what was kept in it; nil: that is needed, and was not.
  private func url(of undo: DeclaredRequest.Line, _ image: BeforeImage) async throws -> String? {
    guard declared.undoNamesBefore else { return undo.url }
    guard let blob = image.blobs.first else { return nil }
    let kept = String(decoding: try await environment.images.load(blob), as: UTF8.self)
    return undo.url.replacingOccurrences(of: DeclaredRequest.before, with: URLText.encoded(kept))
  }
}
