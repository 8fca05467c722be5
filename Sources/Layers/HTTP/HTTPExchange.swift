import AsyncHTTPClient
import Foundation
import Layer
import NIOCore
import Runbook
import Synchronization

/// A request with its secrets filled in. Lives for one exchange only; nothing of it is kept or shown.
struct HTTPCall: Sendable {
  var method: String
  var url: String
  var headers: [(name: String, value: String)]
  var body: Data?
  var followsRedirects = false
  var isInsecure = false
  /// Seconds, for the whole exchange.
  var timeout: Double = 60
  /// Seconds.
  var connectTimeout: Double = 10
  var proxy: CurlProxy?
}

struct HTTPResponse: Sendable {
  var status: Int
  var reason: String
  var headers: [(name: String, value: String)]
  /// At most `HTTPExchange.bodyLimit` bytes.
  var body: Data
  var isCut: Bool

  var text: String { String(decoding: body, as: UTF8.self) }
  /// Nil where the body is not JSON.
  var json: JSONValue? { isCut || body.isEmpty ? nil : try? JSONDecoder().decode(JSONValue.self, from: body) }
  /// The body as people may see it: JSON without what stands under a sensitive name.
  var shownText: String {
    // A part of a JSON document cannot be read, so nobody knows which of its values are secret.
    if isCut { return "(a body of more than \(HTTPExchange.bodyLimit >> 20) MiB is not shown)" }
    guard let json else { return text }
    let shown = json.withoutSensitiveMembers
    return shown == json ? text : shown.canonicalText
  }
  /// `401 Unauthorized`.
  var line: String { reason.isEmpty ? "\(status)" : "\(status) \(reason)" }
  var contentType: String? { headers.first { $0.name.lowercased() == "content-type" }?.value }
}

/// No response came.
struct HTTPFailure: Error, Sendable, CustomStringConvertible {
  enum Reason: Sendable { case timedOut(seconds: Double), noConnection, lost, badURL, noWay }
  static let nobody = "nothing listens there, or the name is not known"
  var host: String
  var reason: Reason
  /// What the client said, without the request.
  var detail: String
  /// Whether any of the request may have reached the other side.
  var wasSent: Bool

  var description: String {
    switch reason {
    case .timedOut(let seconds): "no answer from \(host) within \(seconds.formatted()) s"
    case .noConnection: "no connection to \(host)" + (detail.isEmpty ? "" : ": \(detail)")
    case .lost: "the connection to \(host) was lost" + (detail.isEmpty ? "" : ": \(detail)")
    case .badURL: "\(host) is not a URL that can be called"
    case .noWay: "no way to \(host): \(detail)"
    }
  }
}

/// One request and its response over HTTP/1.1, by the proxy that curl would take, bounded in time and size.
enum HTTPExchange {
  /// Bytes of a response's body that are read.
  static let bodyLimit = 16 << 20

  /// Tries again where that is safe: where nothing was sent, or where it only looks. Throws `HTTPFailure`.
  static func send(_ call: HTTPCall, attempts: Int = 3, retriesStatuses: Bool = false) async throws -> HTTPResponse {
    let isReadOnly = ["GET", "HEAD", "OPTIONS"].contains(call.method)
    let mayRepeat = isReadOnly || call.method == "PUT" || call.method == "DELETE"
    var wait = 0.2
    for attempt in 1... {
      let isLast = attempt >= max(1, attempts) || !mayRepeat
      do {
        let response = try await sendOnce(call)
        guard retriesStatuses, isReadOnly, !isLast, [408, 429, 500, 502, 503, 504].contains(response.status) else {
          return response
        }
      } catch let failure {
        if isLast || failure.isFinal || (failure.wasSent && !isReadOnly) { throw failure }
      }
      try await Task.sleep(for: .seconds(wait))
      wait = min(wait * 2, 5)
    }
    throw HTTPFailure(host: URLText.parts(of: call.url).host, reason: .noConnection, detail: "", wasSent: false)
  }

  private static func sendOnce(_ call: HTTPCall) async throws(HTTPFailure) -> HTTPResponse {
    let host = URLText.parts(of: call.url).host
    guard let url = URL(string: call.url), url.host() != nil else {
      throw HTTPFailure(host: host.isEmpty ? "the text" : host, reason: .badURL, detail: "", wasSent: false)
    }
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration =
      call.followsRedirects && call.proxy == nil ? .follow(max: 10, allowCycles: false) : .disallow
    configuration.timeout.connect = .milliseconds(Int64(call.connectTimeout * 1000))
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    configuration.decompression = .enabled(limit: .size(bodyLimit))
    if call.isInsecure {
      configuration.tlsConfiguration = .clientDefault
      configuration.tlsConfiguration?.certificateVerification = .none
    }
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = .init(rawValue: call.method)
    for header in call.headers { request.headers.add(name: header.name, value: header.value) }
    if let proxy = call.proxy { pass(proxy, for: &request, with: &configuration) }
    if let body = call.body, !body.isEmpty { request.body = .bytes(body) }
    let connection = ConnectionNote()
    let initializer = configuration.http1_1ConnectionDebugInitializer
    configuration.http1_1ConnectionDebugInitializer = { channel in
      connection.set()
      return initializer?(channel) ?? channel.eventLoop.makeSucceededVoidFuture()
    }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let result: Result<HTTPResponse, HTTPFailure>
    do {
      result = .success(try await exchange(request, with: client, timeout: call.timeout))
    } catch {
      result = .failure(failure(error, host: host, call: call, wasSent: connection.isSet))
    }
    // Closing idle connections cannot change what was answered.
    try? await client.shutdown()
    return try result.get()
  }

  /// A plain request goes to the proxy itself, one over TLS through a tunnel.
  private static func pass(
    _ proxy: CurlProxy, for request: inout HTTPClientRequest, with configuration: inout HTTPClient.Configuration
  ) {
    let credentials = proxy.credentials.map { Data($0.utf8).base64EncodedString() }
    let target = URLText.parts(of: request.url)
    guard target.scheme.lowercased() == "http" else {
      configuration.proxy = .server(
        host: proxy.host, port: proxy.port, authorization: credentials.map { .basic(credentials: $0) })
      return
    }
    let origin = "http://\(target.host)"
    configuration.http1_1ConnectionDebugInitializer = { ProxyTarget.add(to: $0, origin: origin) }
    request.url = "http://\(proxy.authority)" + (target.path.hasPrefix("/") ? "" : "/") + target.path
    if !request.headers.contains(name: "Host") { request.headers.add(name: "Host", value: target.host) }
    if let credentials { request.headers.replaceOrAdd(name: "Proxy-Authorization", value: "Basic \(credentials)") }
  }

  private static func exchange(
    _ request: HTTPClientRequest, with client: HTTPClient, timeout: Double
  ) async throws -> HTTPResponse {
    try await withThrowingTaskGroup(of: HTTPResponse?.self) { group in
      group.addTask {
        let response = try await client.execute(request, timeout: .milliseconds(Int64(timeout * 1000)))
        var body = Data()
        var isCut = false
        for try await chunk in response.body {
          body.append(contentsOf: chunk.readableBytesView)
          if body.count > bodyLimit {
            body = body.prefix(bodyLimit)
            isCut = true
            break
          }
        }
        return HTTPResponse(
          status: Int(response.status.code), reason: response.status.reasonPhrase,
          headers: response.headers.map { ($0.name, $0.value) }, body: body, isCut: isCut)
      }
      group.addTask {
        try await Task.sleep(for: .seconds(timeout))
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let response = first else { throw HTTPClientError.deadlineExceeded }
      return response
    }
  }

  private static func failure(
    _ error: any Error, host: String, call: HTTPCall, wasSent: Bool
  ) -> HTTPFailure {
    let peer = call.proxy?.name ?? host
    guard let error = error as? HTTPClientError else {
      // A socket's no: refused, unreachable, no such host; once there was a connection, reset.
      guard wasSent else {
        return HTTPFailure(host: peer, reason: .noConnection, detail: HTTPFailure.nobody, wasSent: false)
      }
      let detail = "it was reset" + (call.followsRedirects ? ", or nothing listens where it leads" : "")
      return HTTPFailure(host: peer, reason: .lost, detail: detail, wasSent: true)
    }
    switch error {
    case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout:
      return HTTPFailure(
        host: peer, reason: .timedOut(seconds: call.connectTimeout), detail: "", wasSent: wasSent)
    case .proxyAuthenticationRequired:
      return HTTPFailure(host: host, reason: .noWay, detail: "\(peer) refuses the credentials", wasSent: false)
    case .invalidProxyResponse:
      return HTTPFailure(host: host, reason: .noWay, detail: "\(peer) does not connect to it", wasSent: false)
    case .deadlineExceeded, .readTimeout, .writeTimeout, .cancelled, .getConnectionFromPoolTimeout:
      return HTTPFailure(host: host, reason: .timedOut(seconds: call.timeout), detail: "", wasSent: wasSent)
    case .invalidURL, .emptyHost, .emptyScheme:
      return HTTPFailure(host: host, reason: .badURL, detail: "", wasSent: wasSent)
    case .remoteConnectionClosed:
      return HTTPFailure(host: host, reason: .lost, detail: "it was closed before an answer came", wasSent: wasSent)
    default:
      return HTTPFailure(host: host, reason: .lost, detail: error.shortDescription, wasSent: wasSent)
    }
  }
}

extension HTTPFailure {
  /// Trying again cannot help.
  fileprivate var isFinal: Bool {
    switch reason {
    case .badURL, .noWay: true
    case .timedOut, .noConnection, .lost: false
    }
  }
}

extension CurlProxy {
  /// For people.
  var name: String { "the proxy \(authority)" }
}

/// Whether there was a connection for the request. Before, nothing is sent; from then on it may have arrived, also where
/// a redirect then leads to nobody.
private final class ConnectionNote: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}
