import NIOCore
import NIOHTTP1

/// Puts the whole URL into the request's first line: so a proxy takes a plain request. What async-http-client offers is a
/// tunnel by CONNECT, which curl asks for with https only and which many proxies refuse to any other port.
final class ProxyTarget: ChannelOutboundHandler {
  typealias OutboundIn = HTTPClientRequestPart
  typealias OutboundOut = HTTPClientRequestPart

  /// `http://host:port`.
  private let origin: String

  private init(origin: String) { self.origin = origin }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
    head.uri = origin + head.uri
    context.write(wrapOutboundOut(.head(head)), promise: promise)
  }

  /// Before the encoder of a connection that is made.
  static func add(to channel: any Channel, origin: String) -> EventLoopFuture<Void> {
    channel.eventLoop.makeCompletedFuture {
      let pipeline = channel.pipeline.syncOperations
      let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
      let position = ChannelPipeline.SynchronousOperations.Position.after(encoder)
      try pipeline.addHandler(ProxyTarget(origin: origin), position: position)
    }
  }
}
