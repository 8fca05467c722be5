import Foundation
import Layer
import Runbook

/// A file that a request takes its body from cannot be read.
struct UnreadableBody: Error, CustomStringConvertible {
  var path: String
  var description: String { "the body's file \(path) cannot be read" }
}

extension CurlRequest {
  /// The request with its secrets filled in. Throws `UnreadableBody`, and where a secret cannot be had.
  func call(in environment: StepEnvironment) async throws -> HTTPCall {
    var call = HTTPCall(
      method: method, url: try await environment.reveal(url), headers: try await revealedHeaders(in: environment),
      body: try await revealedBody(in: environment), followsRedirects: followsRedirects, isInsecure: isInsecure)
    call.proxy = try await proxy(to: call.url, in: environment)
    call.timeout = min(maximumTime.flatMap { $0 > 0 ? $0 : nil } ?? 60, Double(environment.settings.timeout))
    call.connectTimeout = connectTime.flatMap { $0 > 0 ? $0 : nil } ?? 10
    return call
  }

  /// A GET of the same URL with the same headers, without those that speak of the body.
  func lookCall(in environment: StepEnvironment) async throws -> HTTPCall {
    var call = HTTPCall(
      method: "GET", url: try await environment.reveal(url),
      headers: try await withoutBody.revealedHeaders(in: environment), followsRedirects: followsRedirects,
      isInsecure: isInsecure)
    call.proxy = try await proxy(to: call.url, in: environment)
    call.timeout = min(maximumTime.flatMap { $0 > 0 ? $0 : nil } ?? 15, Double(environment.settings.timeout))
    call.connectTimeout = connectTime.flatMap { $0 > 0 ? $0 : nil } ?? 4
    return call
  }

  /// The same without its body and the headers that speak of it.
  var withoutBody: CurlRequest {
    let ofBody = ["content-type", "content-length", "content-encoding", "transfer-encoding", "if-match", "expect"]
    var request = self
    request.body = nil
    request.headers.removeAll { ofBody.contains($0.name.lowercased()) }
    return request
  }

  /// Throws `HTTPFailure` where only curl can use it.
  func proxy(to url: String, in environment: StepEnvironment) async throws -> CurlProxy? {
    var option = proxyOption
    if let written = option { option = try await environment.reveal(written) }
    let choice = CurlProxy.choice(
      for: url, option: option, exceptions: proxyExceptions, variables: environment.context.variables)
    switch choice {
    case .direct: return nil
    case .server(let proxy): return proxy
    case .notUnderstood(let why):
      throw HTTPFailure(
        host: URLText.parts(of: url).host, reason: .noWay, detail: "\(why) is only for curl", wasSent: false)
    }
  }

  private func revealedHeaders(in environment: StepEnvironment) async throws -> [(name: String, value: String)] {
    var result: [(name: String, value: String)] = []
    for header in headers { result.append((header.name, try await environment.reveal(header.value))) }
    if let credentials, header("Authorization") == nil {
      let revealed = try await environment.reveal(credentials)
      result.append(("Authorization", "Basic " + Data(revealed.utf8).base64EncodedString()))
    }
    if header("User-Agent") == nil { result.append(("User-Agent", "curl/8 (backout)")) }
    if header("Accept") == nil { result.append(("Accept", "*/*")) }
    return result
  }

  /// Path → what stands in it now, for each file that the body is taken from. Throws `UnreadableBody`.
  func bodyFiles() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in (body ?? []).compactMap(\.path) {
      guard let data = FileManager.default.contents(atPath: path) else { throw UnreadableBody(path: path) }
      files[path] = data
    }
    return files
  }

  /// - Parameter kept: `bodyFiles` as they were; nil: as they are.
  func revealedBody(in environment: StepEnvironment, files kept: [String: Data]? = nil) async throws -> Data? {
    guard let body else { return nil }
    let files = try kept ?? bodyFiles()
    var pieces: [Data] = []
    for part in body {
      switch part {
      case .text(let text): pieces.append(Data(try await environment.reveal(text).utf8))
      case .file(let path, let stripsNewlines):
        guard let data = files[path] else { throw UnreadableBody(path: path) }
        pieces.append(stripsNewlines ? data.filter { $0 != 10 && $0 != 13 && $0 != 0 } : data)
      case .encodedFile(let name, let path):
        guard let data = files[path] else { throw UnreadableBody(path: path) }
        let text = URLText.encoded(String(decoding: data, as: UTF8.self))
        pieces.append(Data(((name.map { $0 + "=" } ?? "") + text).utf8))
      }
    }
    return Data(pieces.joined(separator: [UInt8(ascii: "&")]))
  }
}

/// One GET of the resource that a request changes, beside what the request writes.
struct ResourceLook {
  let parameters: HTTPParameters
  let response: HTTPResponse
  let written: ResourceFields.Written
  /// The object that holds the fields; nil where the body is no JSON object.
  let members: [String: JSONValue]?

  /// Throws `HTTPFailure`, `UnreadableBody`, and where a secret cannot be had.
  ///
  /// - Parameter files: what the body's files held; nil: what they hold now.
  init(_ parameters: HTTPParameters, in environment: StepEnvironment, files: [String: Data]? = nil) async throws {
    let request = parameters.request
    let body = request.method == "DELETE" ? nil : try await request.revealedBody(in: environment, files: files)
    var written = ResourceFields.written(by: body, contentType: request.header("Content-Type"))
    // A patch that is no object is a list of operations: which fields it writes is not known.
    if request.method == "PATCH", case .whole = written { written = .nothing }
    let response = try await HTTPExchange.send(try await request.lookCall(in: environment), attempts: 2)
    self.init(parameters, response: response, written: written)
  }

  init(_ parameters: HTTPParameters, response: HTTPResponse, written: ResourceFields.Written) {
    self.parameters = parameters
    self.response = response
    self.written = written
    var names: [String] = []
    if case .fields(let fields, _) = written { names = Array(fields.keys) }
    members = response.json.flatMap { ResourceFields.resource(in: $0, with: names) }
  }

  var isMissing: Bool { response.status == 404 || response.status == 410 }

  /// The top-level fields that the step is answerable for: those it writes and those that `restore:` names; all of a
  /// resource that is deleted.
  var names: [String] {
    if parameters.request.method == "DELETE" { return (members ?? [:]).keys.sorted() }
    guard case .fields(let fields, _) = written else { return parameters.restore }
    return Set(fields.keys).union(parameters.restore.map { String($0.split(separator: ".").first ?? "") }).sorted()
  }

  var observation: Observation {
    let host = URLText.parts(of: parameters.request.url).host
    if isMissing {
      let state = ResourceState(exists: false)
      return Observation(
        states: [parameters.target: encoded(state)], summary: "not there: \(response.line) from \(host)")
    }
    guard response.status < 300 else { return .notObserved("GET answers \(response.line) from \(host)") }
    guard !response.isCut else { return .notObserved("the body is over \(HTTPExchange.bodyLimit >> 20) MiB") }
    return Observation(states: [parameters.target: encoded(state)], summary: summary)
  }

  private var summary: String {
    let size = response.body.count.counted("byte")
    guard members != nil else { return size }
    return names.isEmpty ? size : HTTPDriver.list(names)
  }

  /// Encoding strings and lists of them cannot fail.
  private func encoded(_ state: ResourceState) -> JSONValue { (try? JSONValue(encoding: state)) ?? .null }

  var state: ResourceState {
    let url = parameters.request.url
    var state = ResourceState(exists: true)
    if case .whole(let data) = written {
      state.fields[ResourceFields.wholeBody] = ResourceFields.digest(of: response.body, url: url)
      state.whole = state.fields
      let json = try? JSONDecoder().decode(JSONValue.self, from: data)
      let isEqual = json.map { $0.withWholeNumbers == response.json?.withWholeNumbers } ?? (data == response.body)
      if isEqual { state.equal = [ResourceFields.wholeBody] } else { state.differs = [ResourceFields.wholeBody] }
      return state
    }
    guard let members else {
      if names.isEmpty {
        state.whole[ResourceFields.wholeBody] = ResourceFields.digest(of: response.body, url: url)
      }
      state.notShown = names
      return state
    }
    for name in names {
      state.whole[name] = ResourceFields.digest(of: members[name], at: name, url: url)
      guard let value = members[name] else { continue }
      for (path, leaf) in ResourceFields.leaves(of: value, at: name) {
        state.fields[path] = ResourceFields.digest(of: leaf, at: path, url: url)
      }
    }
    compare(with: members, into: &state)
    return state
  }

  private func compare(with members: [String: JSONValue], into state: inout ResourceState) {
    guard case .fields(let fields, let isText) = written else { return }
    let present = ResourceFields.leaves(of: members)
    for (name, value) in fields {
      guard members[name] != nil || value == .null else {
        state.notShown.append(name)
        continue
      }
      for (path, leaf) in ResourceFields.leaves(of: value, at: name) {
        let now = present[path] ?? JSONValue.object(members).member(at: path)
        if let now, ResourceFields.hasMasked(now), now != leaf {
          state.masked.append(path)
        } else if ResourceFields.areEqual(now, leaf, isText: isText) {
          state.equal.append(path)
        } else {
          state.differs.append(path)
        }
      }
    }
    state.equal.sort()
    state.differs.sort()
    state.masked.sort()
    state.notShown.sort()
  }
}
