import CSodium
import Foundation
import Runbook

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// The key that before-images, session snapshots and output are sealed with. It never lies where they lie.
public struct SealingKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// For the session host, which gets it through its socket.
  package let bytes: [UInt8]
  static let count = Int(crypto_secretstream_xchacha20poly1305_keybytes())

  /// - Parameter bytes: 32; nil otherwise.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.count, sodium_init() >= 0 else { return nil }
    self.bytes = Array(bytes)
  }

  /// Hex or base64 (standard or URL-safe, padded or not), white space around it allowed; nil for anything else.
  public init?(text: String) {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if text.utf8.count == Self.count * 2 {
      let digits = text.compactMap(\.hexDigitValue)
      guard digits.count == Self.count * 2, text.utf8.count == text.count else { return nil }
      self.init(bytes: stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    } else {
      var base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
      while base64.utf8.count % 4 != 0 { base64.append("=") }
      guard let data = Data(base64Encoded: base64) else { return nil }
      self.init(bytes: data)
    }
  }

  public static func random() throws -> SealingKey {
    guard sodium_init() >= 0 else { throw SealingKeyError.noRandom }
    var bytes = [UInt8](repeating: 0, count: count)
    crypto_secretstream_xchacha20poly1305_keygen(&bytes)
    guard let key = SealingKey(bytes: bytes) else { throw SealingKeyError.noRandom }
    return key
  }

  /// Tells two keys apart without telling anything of either: 16 bytes of a keyed BLAKE2b.
  var check: Data {
    let message = Array("backout key check 1".utf8)
    var result = [UInt8](repeating: 0, count: Self.checkBytes)
    crypto_generichash(&result, result.count, message, UInt64(message.count), bytes, bytes.count)
    return Data(result)
  }

  static let checkBytes = 16

  var hex: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

  // Neither a log line nor a dump shows it.
  public var description: String { "SealingKey" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

public enum SealingKeyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Neither 64 hex digits nor base64 of 32 bytes. `source` says where it came from; the value is not shown.
  case malformed(source: String)
  case commandFailed(status: Int32)
  case commandTimedOut(seconds: Int)
  /// Others may read the file: `mode` is its permissions.
  case readableByOthers(path: String, mode: UInt32)
  case ownedByAnother(path: String)
  case insideHome(path: String)
  case unusable(path: String, code: Int32)
  case noRandom

  public var description: String {
    let unchanged = "Nothing was sealed or changed"
    return switch self {
    case .malformed(let source):
      "\(source) holds no key: 64 hex digits or the base64 of 32 bytes are wanted. \(unchanged)"
    case .commandFailed(let status):
      "BACKOUT_KEY_COMMAND ended with \(status) and gave no key. \(unchanged); run the command by hand"
    case .commandTimedOut(let seconds):
      "BACKOUT_KEY_COMMAND did not end within \(seconds) s and was stopped. \(unchanged); run the command by hand"
    case .readableByOthers(let path, let mode):
      "the key \(path) can be read by others (mode \(String(mode, radix: 8))). \(unchanged); `chmod 600 \(path)`"
    case .ownedByAnother(let path):
      "the key \(path) belongs to another user. \(unchanged); `chown` it, or set BACKOUT_KEY or BACKOUT_KEY_COMMAND"
    case .insideHome(let path):
      """
      the key \(path) would lie beside what it seals, in BACKOUT_HOME. \(unchanged); set XDG_CONFIG_HOME to another \
      folder, or set BACKOUT_KEY or BACKOUT_KEY_COMMAND
      """
    case .unusable(let path, let code):
      "the key \(path) cannot be used: \(String(cString: strerror(code))). \(unchanged)"
    case .noRandom:
      "this system gives no random bytes to make a key of. \(unchanged)"
    }
  }
}
