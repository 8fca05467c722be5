import Crypto
import Foundation

/// A SHA-256 digest in lower-case hex.
public struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
  public let hex: String

  public init(hex: String) { self.hex = hex }
  public init(of data: some DataProtocol) { self.init(bytes: SHA256.hash(data: data)) }
  fileprivate init(bytes: SHA256.Digest) {
    let digits = Array("0123456789abcdef".utf8)
    hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
  public init(of text: String) { self.init(of: Data(text.utf8)) }
  /// The digest of a value's canonical JSON. Throws `EncodingError`.
  public init(canonical value: some Encodable) throws { self.init(of: try CanonicalJSON.data(of: value)) }

  public init(from decoder: any Decoder) throws { hex = try decoder.singleValueContainer().decode(String.self) }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }

  /// What people type and see: the first eight characters.
  public var short: String { String(hex.prefix(8)) }
  public var description: String { hex }
}

/// The digest of bytes that come in parts.
public struct RunningDigest: Sendable {
  private var hash = SHA256()

  public init() {}
  public mutating func update(_ data: some DataProtocol) { hash.update(data: data) }
  /// Of what came so far.
  public var digest: Digest { Digest(bytes: hash.finalize()) }
}
