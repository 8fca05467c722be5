import Foundation
import Layer
import Runbook

/// `curl` as a request: made natively, since as written it exits 0 on a 500 and shows secrets.
public struct HTTPDriver: LayerDriver {
  public let id = "http"

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action, let request = CurlRequest(command, in: context) else { return nil }
    let parameters = HTTPParameters(
      request: request, restore: context.binding?.restore ?? [], isReachable: command.place.isThisMachine,
      hasUndo: context.binding?.undo != nil, declared: DeclaredRequest.best(for: request, in: context))
    guard let encoded = try? JSONValue(encoding: parameters) else { return nil }
    let url = URLText.parts(of: request.url)
    let isNative =
      request.notUnderstood.isEmpty && request.outputFile == nil && command.context == .alone && !command.background
      && command.assignments.isEmpty && command.place.isThisMachine && command.redirections.allSatisfy(Self.hidesOnly)
    var layer: LayerKind = request.method == "POST" && Self.isChat(url.host) ? .message : .endpoint
    if request.onlyFetches { layer = .files }
    if let declared = parameters.declared { layer = declared.layer }
    var effect = Effect(
      driver: id, layer: layer,
      role: request.onlyLooks ? .observe : .change,
      summary: "\(request.method) \(url.path) (\(url.host))", place: command.place, directory: context.directory,
      targets: parameters.targets(in: context), parameters: encoded,
      reversibility: parameters.reversibility(isNative: isNative), isDestructive: request.method == "DELETE",
      isRepeatable: context.binding?.repeatable ?? request.isRepeatable,
      isNative: isNative)
    // The answer to a message is its proof, where it is seen.
    let isAnswered = effect.layer == .message && isNative
    let isProven = request.onlyFetches || parameters.isProvable || isAnswered
    if effect.role == .change, !isProven { effect.isUnseen = true }
    return effect
  }

  /// Hosts of incoming webhooks that post a message, by their makers' documentation: Slack, Discord, Teams.
  private static func isChat(_ host: String) -> Bool {
    host == "hooks.slack.com" || host == "discord.com" || isTeams(host)
  }

  /// It answers 200 whether it delivered the message or not, and says which in the body.
  private static func isTeams(_ host: String) -> Bool {
    host == "webhook.office.com" || host.hasSuffix(".webhook.office.com")
  }

  /// `2>&1`, `>/dev/null`: what is shown, not what is written.
  private static func hidesOnly(_ redirection: Redirection) -> Bool {
    redirection.operator == ">&" && redirection.target.value.map { Int($0) != nil } ?? false
      || redirection.writes && redirection.target.value == "/dev/null"
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let parameters = try effect.httpParameters()
    let request = parameters.request
    if effect.role == .observe { return Observation(summary: effect.summary) }
    if let why = parameters.whyNotObserved { return .notObserved(why) }
    if let file = effect.outputFile(of: request) { return file.observation }
    guard parameters.isSeen else {
      return Observation(summary: "what a \(request.method) changes cannot be seen")
    }
    do {
      if let resource = DeclaredResource(parameters, in: environment) {
        return resource.observation(of: try await resource.get())
      }
      let look = try await ResourceLook(parameters, in: environment)
      return look.observation
    } catch let failure as HTTPFailure {
      return .notObserved(failure.description)
    } catch let failure as UnreadableBody {
      return .notObserved(failure.description)
    }
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    guard effect.isNative else { throw NotNative(driver: id) }
    let request = try effect.httpParameters().request
    let redactor = environment.redactor
    let host = URLText.parts(of: request.url).host
    let response: HTTPResponse
    do {
      let call = try await request.call(in: environment)
      response = try await HTTPExchange.send(
        call, attempts: max(3, 1 + min(request.retries, 10)), retriesStatuses: request.retries > 0)
    } catch let failure as HTTPFailure {
      let open = failure.wasSent && !request.isReadOnly ? ": whether it happened is not known" : ": nothing was sent"
      let tail = request.isReadOnly ? "" : open
      return Outcome(succeeded: false, summary: redactor.redact(failure.description + tail))
    } catch let failure as UnreadableBody {
      return Outcome(succeeded: false, summary: "\(failure.description): nothing was sent")
    }
    return Outcome(
      succeeded: response.status < 400, summary: redactor.redact(response.line),
      output: redactor.redactOutput(Self.output(of: response, for: request, limit: environment.settings.outputMaximum)),
      value: Self.isTeams(host)
        ? .string(redactor.redactOutput(Self.line(of: response)))
        : response.json.map { redactor.redact($0.withoutSensitiveMembers) }, httpStatus: response.status)
  }

  /// The first of a text.
  private static func line(of response: HTTPResponse) -> String {
    String((response.text.split(whereSeparator: \.isNewline).first ?? "").prefix(200))
  }

  /// What curl would print, without what stands under a sensitive name.
  private static func output(of response: HTTPResponse, for request: CurlRequest, limit: Int) -> String {
    var text = ""
    if request.showsHead {
      text += "HTTP/1.1 \(response.line)\n"
      for header in response.headers {
        text += "\(header.name): \(SensitiveNames.matches(header.name) ? "‹\(header.name)›" : header.value)\n"
      }
      text += "\n"
    }
    if !request.hidesBody { text += response.shownText }
    if let writeOut = request.writeOut {
      text += writeOut.replacingOccurrences(of: "%{http_code}", with: "\(response.status)")
        .replacingOccurrences(of: "%{response_code}", with: "\(response.status)")
        .replacingOccurrences(of: "\\n", with: "\n").replacingOccurrences(of: "%%", with: "%")
    }
    return text.utf8.count > limit ? String(decoding: text.utf8.suffix(limit), as: UTF8.self) : text
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let parameters = try? effect.httpParameters() else {
      return .unproven("the effect's parameters cannot be read")
    }
    let request = parameters.request
    if effect.role == .observe {
      guard let outcome else { return .unproven("the answer was not seen") }
      guard outcome.succeeded else { return .refuted(outcome.summary) }
      return outcome.httpStatus == nil
        ? .unproven("\(outcome.summary); the status was not seen") : .proven(outcome.summary)
    }
    if let declared = parameters.declared {
      return declared.verdict(before: before, after: after, outcome: outcome, at: parameters.target)
    }
    if let outcome, !outcome.succeeded, !Self.becameWanted(before, after, at: parameters.target) {
      return .refuted(outcome.summary)
    }
    if request.onlyFetches {
      return after.isSameState(as: before)
        ? .unproven("\(after.summary), as before") : .unproven("\(after.summary); what it should hold is not known")
    }
    if effect.layer == .message {
      return Self.verdict(onMessage: outcome, at: URLText.parts(of: request.url).host)
    }
    guard request.isSeen else {
      return .unproven("accepted: \(outcome?.summary ?? "no answer seen"); nothing was observed")
    }
    guard after.isObserved, let state = after.resource(at: parameters.target) else { return .unproven(after.summary) }
    if request.method == "DELETE" {
      return state.exists ? .refuted("GET still returns it") : .proven("GET answers that it is not there")
    }
    return Self.verdict(on: state)
  }

  /// A message is delivered to the chat's server: that takes it, or not, and says so.
  private static func verdict(onMessage outcome: Outcome?, at host: String) -> Verdict {
    guard let outcome else { return .unproven("whether it was posted is not known") }
    guard let status = outcome.httpStatus else {
      return .unproven("\(outcome.summary); the answer of the chat's server was not seen")
    }
    guard (200..<300).contains(status) else {
      return .refuted("not accepted by the chat's server: \(outcome.summary)")
    }
    if isTeams(host) {
      let said = outcome.value?.plainText ?? ""
      if said.hasPrefix("Webhook message delivery failed") { return .refuted("not delivered: \(said)") }
      guard said == "1" else { return .unproven("\(outcome.summary), but Teams does not say that it is delivered") }
    }
    return .proven("accepted by the chat's server: \(outcome.summary)")
  }

  private static func verdict(on state: ResourceState) -> Verdict {
    guard state.exists else { return .refuted("GET answers that it is not there") }
    if !state.differs.isEmpty { return .refuted("GET returns another \(list(state.differs))") }
    if !state.notShown.isEmpty { return .unproven("GET does not return \(list(state.notShown))") }
    if state.equal.isEmpty {
      return .unproven(
        state.masked.isEmpty ? "the request names no fields to look for" : "GET shows \(list(state.masked)) masked")
    }
    let masked = state.masked.isEmpty ? "" : "; \(list(state.masked)) is shown masked"
    return .proven("GET returns \(list(state.equal))\(masked)")
  }

  /// The wanted state that was not there before: it happened, whatever the answer was.
  private static func becameWanted(_ before: Observation, _ after: Observation, at target: String) -> Bool {
    guard let now = after.resource(at: target), let then = before.resource(at: target) else { return false }
    return !after.isSameState(as: before) && now.exists && now.differs.isEmpty && !then.differs.isEmpty
  }

  static func list(_ names: [String], limit: Int = 4) -> String {
    let shown = names.prefix(limit).joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    let parameters = try effect.httpParameters()
    let request = parameters.request
    guard parameters.isSeen else {
      return request.isReadOnly && request.changesBy == nil
        ? .notHappened("it only looks") : .undetermined("what a \(request.method) changes cannot be seen")
    }
    let now = try await observe(effect, in: environment)
    guard now.isObserved else { return .undetermined(now.summary) }
    if now.isSameState(as: before) {
      return .notHappened(
        parameters.declared == nil ? "the fields are as they were before" : "\(now.summary), as before")
    }
    if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) { return .happened(why) }
    return .undetermined("neither the fields before nor the wanted ones: \(now.summary)")
  }

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    if let file = effect.outputFile(of: try effect.httpParameters().request) {
      guard before.isObserved else { throw NothingKept(summary: effect.summary, why: before.summary) }
      return try await file.keep(driver: id, in: environment)
    }
    if let resource = DeclaredResource(try effect.httpParameters(), in: environment) {
      return try await resource.keep(effect, before: before)
    }
    return try await HTTPUndo(effect: effect, environment: environment).keep(before: before)
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    if let file = effect.outputFile(of: try effect.httpParameters().request) {
      return try await file.undo(image, before: before, after: after, answer: answer, in: environment)
    }
    if let resource = DeclaredResource(try effect.httpParameters(), in: environment) {
      return try await resource.undo(image, before: before, after: after, answer: answer)
    }
    return try await HTTPUndo(effect: effect, environment: environment).undo(image, after: after, answer: answer)
  }
}

/// The driver's own understanding of one command.
struct HTTPParameters: Codable, Hashable, Sendable {
  var request: CurlRequest
  /// Fields that an undo puts back too.
  var restore: [String]
  /// Whether what curl reaches from its place is what Backout reaches from here.
  var isReachable: Bool
  var hasUndo: Bool
  /// What shows the change, where a declaration says it.
  var declared: DeclaredRequest?

  var target: String { "http:\(declared?.url ?? request.url)" }
  /// Whether a GET shows what it changes.
  var isSeen: Bool { request.isSeen || declared != nil }

  /// Whether a GET can prove it: something says what it is to show.
  var isProvable: Bool { declared.map { $0.wanted != nil } ?? request.isSeen }

  func targets(in context: ReadingContext) -> [String] {
    [target] + (request.outputFile.map { ["file:\(context.absolutePath($0))"] } ?? [])
  }

  var whyNotObserved: String? {
    if !isReachable { return "curl acts in another place, from which Backout does not look" }
    if !request.missing.isEmpty { return "$\(request.missing[0]) has no value yet" }
    if !request.notUnderstood.isEmpty { return "curl's \(request.notUnderstood[0]) is not understood" }
    let holes = request.holes
    return holes.isEmpty ? nil : "\(holes[0]) has no value"
  }

  func reversibility(isNative: Bool) -> Reversibility {
    if request.isReadOnly {
      if let option = request.changesBy { return .partial("what curl's \(option) changes is not kept") }
      guard let file = request.outputFile, whyNotObserved != nil else { return .exact }
      return .partial("what stands in \(file) is not kept")
    }
    if !isSeen {
      return hasUndo
        ? .partial("by the declared undo command")
        : .none("a \(request.method) cannot be taken back unless backout.yaml gives undo:")
    }
    if !isReachable { return .partial("it acts in another place: nothing is kept") }
    if !request.notUnderstood.isEmpty {
      return .partial("curl's \(request.notUnderstood[0]) is not understood: nothing is kept")
    }
    if let declared {
      if declared.undo == nil { return .none("no undo declared") }
      if declared.wanted == nil, !declared.undoNamesBefore {
        return .partial("the undo request says nothing of the state before")
      }
      return isNative ? .exact : .partial("changes made in between are not kept")
    }
    if request.method == "DELETE" {
      return .partial("put back by PUT where the API takes it; masked fields and those that the API sets are lost")
    }
    if request.body == nil { return .partial("the request names no fields: what it changes is not known") }
    return isNative ? .exact : .partial("changes made in between are not kept")
  }
}

extension Effect {
  /// Throws `DecodingError` where the effect is not this driver's.
  func httpParameters() throws -> HTTPParameters { try parameters.decoded() }

  /// The file that a request which only looks is written to.
  func outputFile(of request: CurlRequest) -> OutputFile? {
    guard request.onlyFetches, let file = request.outputFile else { return nil }
    return OutputFile(path: ReadingContext(directory: directory).absolutePath(file))
  }
}

extension Observation {
  func resource(at target: String) -> ResourceState? {
    guard let value = states[target] else { return nil }
    return try? value.decoded()
  }
}

extension CurlRequest {
  /// Placeholders in the URL or a header that nobody filled.
  var holes: [String] {
    URLText.holes(in: url, braces: true) + headers.flatMap { URLText.holes(in: $0.value, braces: false) }
      + URLText.holes(in: proxyOption ?? "", braces: false)
  }
}
