import CSodium
import Foundation

/// Encrypts what the session keeps on disk.
public protocol SealedBytes: Sendable {
  func seal(_ data: Data) throws -> Data
  /// Throws where `data` was not sealed with this key, or was changed.
  func open(_ data: Data) throws -> Data
}

/// libsodium's secretbox under one key.
struct SecretBox: SealedBytes {
  enum Failure: Error { case keyLength(Int), notAuthentic }
  private let key: [UInt8]

  /// - Parameter key: 32 bytes.
  init(key: Data) throws {
    guard key.count == Int(crypto_secretbox_KEYBYTES) else { throw Failure.keyLength(key.count) }
    _ = sodium_init()
    self.key = [UInt8](key)
  }

  func seal(_ data: Data) throws -> Data {
    var nonce = [UInt8](repeating: 0, count: Int(crypto_secretbox_NONCEBYTES))
    randombytes_buf(&nonce, nonce.count)
    let plain = [UInt8](data)
    var box = [UInt8](repeating: 0, count: plain.count + Int(crypto_secretbox_MACBYTES))
    crypto_secretbox_easy(&box, plain, UInt64(plain.count), nonce, key)
    return Data(nonce + box)
  }

  func open(_ data: Data) throws -> Data {
    let nonceLength = Int(crypto_secretbox_NONCEBYTES)
    let overhead = nonceLength + Int(crypto_secretbox_MACBYTES)
    guard data.count >= overhead else { throw Failure.notAuthentic }
    let bytes = [UInt8](data)
    var plain = [UInt8](repeating: 0, count: bytes.count - overhead)
    let opened = crypto_secretbox_open_easy(
      &plain, Array(bytes[nonceLength...]), UInt64(bytes.count - nonceLength), Array(bytes[..<nonceLength]), key)
    guard opened == 0 else { throw Failure.notAuthentic }
    return Data(plain)
  }
}
