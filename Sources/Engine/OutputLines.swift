import Foundation
import Synchronization

/// Cuts a statement's output, which comes in pieces of any size, after whole lines.
final class OutputLines: Sendable {
  // Called by the session's reader alone, in order; the type system cannot see that.
  private let rest = Mutex(Data())

  /// The lines that are whole by now; nil: none is. A line of more than 64 KiB is passed on in parts.
  func take(_ data: Data) -> String? {
    rest.withLock { rest in
      rest.append(data)
      let end = rest.lastIndex(of: 0x0A).map { rest.index(after: $0) } ?? (rest.count > 64 << 10 ? rest.endIndex : nil)
      guard let end else { return nil }
      defer { rest = Data(rest[end...]) }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
  }
}
