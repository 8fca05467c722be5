import CSodium
import Foundation

/// libsodium's secretstream (XChaCha20-Poly1305): an ordered stream of sealed messages, in memory.
enum SecretStream {
  static let headerBytes = Int(crypto_secretstream_xchacha20poly1305_headerbytes())
  /// What sealing adds to a message.
  static let overhead = Int(crypto_secretstream_xchacha20poly1305_abytes())

  enum Tag {
    case message, push, final

    var byte: UInt8 {
      switch self {
      case .message: crypto_secretstream_xchacha20poly1305_tag_message()
      case .push: crypto_secretstream_xchacha20poly1305_tag_push()
      case .final: crypto_secretstream_xchacha20poly1305_tag_final()
      }
    }
  }

  struct Sealer {
    private var state = crypto_secretstream_xchacha20poly1305_state()
    /// Random; written in front of the messages.
    let header: Data
    private let context: [UInt8]

    /// - Parameter context: authenticated with every message: what cannot be opened elsewhere.
    init(key: SealingKey, context: [UInt8]) {
      var header = [UInt8](repeating: 0, count: SecretStream.headerBytes)
      crypto_secretstream_xchacha20poly1305_init_push(&state, &header, key.bytes)
      self.header = Data(header)
      self.context = context
    }

    mutating func seal(_ plain: some Sequence<UInt8>, tag: Tag) -> Data {
      let plain = Array(plain)
      var sealed = [UInt8](repeating: 0, count: plain.count + SecretStream.overhead)
      crypto_secretstream_xchacha20poly1305_push(
        &state, &sealed, nil, plain, UInt64(plain.count), context, UInt64(context.count), tag.byte)
      return Data(sealed)
    }
  }

  struct Opener {
    private var state = crypto_secretstream_xchacha20poly1305_state()
    private let context: [UInt8]

    init?(key: SealingKey, header: Data, context: [UInt8]) {
      guard header.count == SecretStream.headerBytes else { return nil }
      let header = Array(header)
      self.context = context
      guard crypto_secretstream_xchacha20poly1305_init_pull(&state, header, key.bytes) == 0 else { return nil }
    }

    /// The message and whether it is the final one; nil: it was not sealed with this key, at this place, for this
    /// context.
    mutating func open(_ sealed: Data) -> (plain: Data, isFinal: Bool)? {
      guard sealed.count >= SecretStream.overhead else { return nil }
      let sealed = Array(sealed)
      var plain = [UInt8](repeating: 0, count: sealed.count - SecretStream.overhead)
      var tag: UInt8 = 0
      let result = crypto_secretstream_xchacha20poly1305_pull(
        &state, &plain, nil, &tag, sealed, UInt64(sealed.count), context, UInt64(context.count))
      return result == 0 ? (Data(plain), tag == Tag.final.byte) : nil
    }
  }
}
