import Crypto
import Foundation

/// A SHA-256 digest in lower-case hex.
public struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
  public let hex: String

  public init(hex: String) { self.hex = hex }
  public init(of data: some DataProtocol) {
    hex = SHA256.hash(data: data).map { byte in
      let text = String(byte, radix: 16)
      return byte < 16 ? "0" + text : text
    }.joined()
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
