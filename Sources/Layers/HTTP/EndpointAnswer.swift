import Foundation
import Layer
import NIOCore
import NIOPosix

/// Whether anything answers where a request would go, without a request.
enum EndpointAnswer {
  /// Opens a connection to the host, or to the proxy on the way, and closes it. Throws `HTTPFailure`.
  static func look(for request: CurlRequest, in environment: StepEnvironment) async throws {
    let url = try await environment.reveal(request.url)
    let parts = URLText.parts(of: url)
    let proxy = try await request.proxy(to: url, in: environment)
    let target = CurlProxy.parted(parts.host)
    let usual = parts.scheme.lowercased() == "https" ? 443 : 80
    guard let port = proxy?.port ?? (target.port.isEmpty ? usual : Int(target.port)), (1...65535).contains(port),
      !target.host.isEmpty
    else { throw HTTPFailure(host: parts.host, reason: .badURL, detail: "", wasSent: false) }
    let seconds = request.connectTime.flatMap { $0 > 0 ? $0 : nil } ?? 4
    let peer = proxy?.name ?? parts.host
    do {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connectTimeout(.milliseconds(Int64(seconds * 1000))).connect(host: proxy?.host ?? target.host, port: port)
        .get()
      channel.close(mode: .all, promise: nil)
    } catch ChannelError.connectTimeout {
      throw HTTPFailure(host: peer, reason: .timedOut(seconds: seconds), detail: "", wasSent: false)
    } catch let error as NIOConnectionError where error.isTimeout {
      throw HTTPFailure(host: peer, reason: .timedOut(seconds: seconds), detail: "", wasSent: false)
    } catch {
      throw HTTPFailure(host: peer, reason: .noConnection, detail: HTTPFailure.nobody, wasSent: false)
    }
  }
}

extension NIOConnectionError {
  fileprivate var isTimeout: Bool {
    !connectionErrors.isEmpty
      && connectionErrors.allSatisfy { if case ChannelError.connectTimeout = $0.error { true } else { false } }
  }
}
