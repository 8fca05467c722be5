import Foundation
import Layer
import Runbook

extension HTTPDriver {
  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let parameters = try effect.httpParameters()
    let request = parameters.request
    var forecast = Forecast(from: before.isObserved ? before.summary : "not observed", to: effect.summary)
    forecast.problems = Self.problemsOfText(request, effect)
    let isBlocked = forecast.problems.contains { $0.severity == .error } || !request.isWhole || !parameters.isReachable
    if isBlocked {
      if let why = parameters.whyNotObserved { forecast.from = "not observed: \(why)" }
      return forecast
    }
    if effect.role == .change, !parameters.isSeen {
      if !request.onlyFetches {
        forecast.from = ""
        forecast.note =
          effect.layer == .message
          ? "the chat's server says whether it takes it" : "what a \(request.method) changes cannot be seen"
        Self.noteOutput(of: request, in: &forecast)
      }
      do {
        try await EndpointAnswer.look(for: request, in: environment)
      } catch let failure as HTTPFailure {
        forecast.problems.append(Self.unreachable(failure, effect, in: environment))
        // On this machine a step before may start what is to answer.
        if URLText.isLoopback(request.url) {
          forecast.cures["endpoint-unreachable"] = ["service:", "process:", "container:", "compose:"]
        }
      }
      return forecast
    }
    let resource = DeclaredResource(parameters, in: environment)
    if request.method == "OPTIONS" { return forecast }
    do {
      if let resource {
        try await resource.tell(of: effect, into: &forecast)
      } else {
        let look = try await ResourceLook(parameters, in: environment)
        Self.tell(look, of: effect, request: request, into: &forecast, in: environment)
      }
    } catch let failure as HTTPFailure {
      forecast.from = environment.redactor.redact("not observed: \(failure.description)")
      forecast.problems.append(Self.unreachable(failure, effect, in: environment))
    } catch let failure as UnreadableBody {
      forecast.problems.append(
        Problem(code: "file-missing", message: "\(failure.description): the request of \(effect.summary) has no body"))
    }
    forecast.from = environment.redactor.redact(forecast.from)
    forecast.to = environment.redactor.redact(forecast.to)
    Self.noteOutput(of: request, in: &forecast)
    return forecast
  }

  /// Of a change, what the address shows is kept, and not the file that the answer goes to.
  private static func noteOutput(of request: CurlRequest, in forecast: inout Forecast) {
    guard let file = request.outputFile else { return }
    forecast.note = (forecast.note.map { $0 + "; " } ?? "") + "what stands in \(file) is not kept"
  }

  private static func unreachable(
    _ failure: HTTPFailure, _ effect: Effect, in environment: StepEnvironment
  ) -> Problem {
    Problem(
      code: "endpoint-unreachable", severity: effect.role == .change ? .error : .warning,
      message: environment.redactor.redact("\(failure.description), for \(effect.summary)"))
  }

  /// What is wrong in the command's own text.
  private static func problemsOfText(_ request: CurlRequest, _ effect: Effect) -> [Problem] {
    var problems: [Problem] = []
    let holes = request.holes
    if !holes.isEmpty {
      problems.append(
        Problem(
          code: "hole-unbound",
          message: "\(list(holes)) has no value in \(effect.summary): give it under parameters: in backout.yaml"))
    }
    for name in request.literalSecrets {
      problems.append(
        Problem(
          code: "literal-secret", severity: .warning,
          message: "\(name) holds a secret in the document itself: use a placeholder with { secret: env:NAME }"))
    }
    if !request.missing.isEmpty { problems.append(Problem.missingVariables(request.missing)) }
    if !request.notUnderstood.isEmpty {
      problems.append(
        Problem(
          code: "curl-as-written", severity: effect.role == .observe ? .note : .warning,
          message:
            "\(list(request.notUnderstood)) is only for curl: it runs as written, and exits 0 on a 500 without -f"))
    } else if !effect.isNative, effect.role == .change, effect.place.isThisMachine, !request.onlyFetches {
      let why = request.outputFile == nil ? "inside a larger statement" : "since it writes a file"
      problems.append(
        Problem(
          code: "curl-as-written", severity: .warning,
          message: "this curl runs as written, \(why): it exits 0 on a 500 without -f"))
    }
    return problems
  }

  private static func tell(
    _ look: ResourceLook, of effect: Effect, request: CurlRequest, into forecast: inout Forecast,
    in environment: StepEnvironment
  ) {
    let response = look.response
    tellStatus(response, at: request.url, isChange: effect.role == .change, into: &forecast, in: environment)
    guard effect.role == .change else { return }
    guard response.status < 300 else {
      forecast.reversibility = .partial("the state before cannot be read: \(response.line)")
      return
    }
    forecast.keeps = "the present fields"
    forecast.bytes = response.body.count
    if request.method == "DELETE" {
      forecast.from = "there, \(look.names.count.counted("field"))"
      forecast.to = "not there"
      let masked = (look.members ?? [:]).filter { ResourceFields.hasMasked($0.value) }.keys.sorted()
      if !masked.isEmpty { forecast.reversibility = .partial("\(list(masked)) is shown masked and cannot be put back") }
      return
    }
    tellFields(look, into: &forecast, in: environment)
  }

  /// What is in the way, by the status of a look.
  static func tellStatus(
    _ response: HTTPResponse, at address: String, isChange: Bool, into forecast: inout Forecast,
    in environment: StepEnvironment
  ) {
    let url = URLText.parts(of: address)
    forecast.from = response.line
    func add(_ code: String, _ severity: Problem.Severity, _ message: String) {
      forecast.problems.append(
        Problem(code: code, severity: severity, message: environment.redactor.redact(message)))
    }
    switch response.status {
    case 401, 403:
      add("credentials-refused", isChange ? .error : .warning, "\(url.host) refuses the credentials: \(response.line)")
    case 407:
      add("credentials-refused", isChange ? .error : .warning, "the proxy refuses the credentials: \(response.line)")
    case 404, 410:
      let name = url.path.split(separator: "?").first.map(String.init) ?? url.path
      let thing = name.split(separator: "/").suffix(2).joined(separator: " ")
      add(
        "target-missing", isChange ? .error : .warning,
        "\(thing) is not there: \(response.line) from \(url.scheme)://\(url.host)")
    case 500...:
      add("not-observed", isChange ? .error : .warning, "\(url.host) answers \(response.line)")
    case 300..<400:
      add("not-observed", .warning, "\(url.host) answers \(response.line): add -L to follow it")
    case 400..<500:
      add(
        "not-observed", .warning, "GET answers \(response.line) at \(url.host)\(url.path): what is there is not known")
    default: break
    }
  }

  private static func tellFields(
    _ look: ResourceLook, into forecast: inout Forecast, in environment: StepEnvironment
  ) {
    guard case .fields(let fields, let isText) = look.written, let members = look.members else {
      if case .whole = look.written {
        forecast.from = look.response.body.count.counted("byte")
        forecast.to = "the request's body"
        forecast.keeps = "the present body"
        if look.state.differs.isEmpty { forecast.note = "already as wanted" }
      } else {
        forecast.reversibility = .partial("the request names no fields that GET returns")
      }
      return
    }
    let difference = FieldDifference(members: members, fields: fields, isText: isText)
    forecast.from = difference.from
    forecast.to = difference.to
    if difference.isEmpty {
      forecast.from = "as wanted"
      forecast.to = "as wanted"
      forecast.note = "already as wanted"
    }
    var lost: [String] = []
    let names = look.names
    let masked = names.filter { members[$0].map(ResourceFields.hasMasked) ?? false }
    if !masked.isEmpty { lost.append("\(list(masked)) is shown masked and cannot be put back") }
    let added = names.filter { members[$0] == nil && fields[$0] != nil }
    if !added.isEmpty { lost.append("GET does not return \(list(added)), so it cannot be put back") }
    if !lost.isEmpty { forecast.reversibility = .partial(lost.joined(separator: "; ")) }
  }
}

/// What a request changes of a resource's fields, for one line of a plan.
struct FieldDifference {
  private(set) var removed: [String] = []
  private(set) var added: [String] = []
  private(set) var changed: [(path: String, from: JSONValue, to: JSONValue)] = []

  /// - Parameter fields: what the request writes, whole at the top level.
  init(members: [String: JSONValue], fields: [String: JSONValue], isText: Bool) {
    for (name, value) in fields {
      let before = members[name].map { ResourceFields.leaves(of: $0, at: name) } ?? [:]
      let after = ResourceFields.leaves(of: value, at: name)
      removed += before.keys.filter { after[$0] == nil }
      for (path, value) in after {
        guard let present = before[path] else {
          if value != .null { added.append(path) }
          continue
        }
        if !ResourceFields.areEqual(present, value, isText: isText) { changed.append((path, present, value)) }
      }
    }
    removed.sort()
    added.sort()
    changed.sort { $0.path < $1.path }
  }

  var isEmpty: Bool { removed.isEmpty && added.isEmpty && changed.isEmpty }
  var from: String { HTTPDriver.list(removed + changed.map { Self.shown($0.path, $0.from) }) }
  var to: String { HTTPDriver.list(added + changed.map { Self.shown($0.path, $0.to) }) }

  private static func shown(_ path: String, _ value: JSONValue) -> String {
    if SecretHeader.isSecret(path) { return "\(path) (not shown)" }
    let text = value.plainText
    return "\(path) \(text.count > 60 ? text.prefix(59) + "…" : text)"
  }
}
