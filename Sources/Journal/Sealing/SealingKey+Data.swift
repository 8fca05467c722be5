import Foundation

extension SealingKey {
  /// The 32 bytes, for the session host: they go through its socket.
  public var data: Data { Data(bytes) }
}
