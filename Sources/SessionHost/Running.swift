import Foundation
import Glibc

/// The statement that the shell works on, or an expansion.
final class Running {
  let id: String
  /// Whose answer it is: the number of the request; nil: the client is gone.
  var waiter: Int?
  var isExpansion = false
  /// How many words are expanded.
  var words = 0
  var output: StatementOutput?
  var watch: Int32 = -1
  /// The terminal of an interactive statement, the file for an expansion's words.
  var terminal: Int32 = -1
  /// Nanoseconds.
  var begun: Int64 = 0
  var deadline: Int64?
  var faultAt: Int64?
  var followsAt: Int64?
  var ending: StatementEnding?
  var report: Int?
  var stateKept = true
  var notices: [String] = []

  init(id: String, waiter: Int) {
    self.id = id
    self.waiter = waiter
  }

  deinit { if terminal >= 0 { close(terminal) } }

  var isDying: Bool { ending != nil }
  /// Milliseconds.
  var elapsed: Int { Int((SystemClock.nanoseconds() - begun) / 1_000_000) }

  /// The words that the shell wrote; nil where one could not be expanded.
  func expanded() -> [[String]]? {
    var status = stat()
    guard fstat(terminal, &status) == 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    guard pread(terminal, &bytes, bytes.count, 0) == bytes.count else { return nil }
    var fields = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()[...]
    var result: [[String]] = []
    for _ in 0..<words {
      guard let first = fields.popFirst(), let count = Int(String(decoding: first, as: UTF8.self)),
        fields.count >= count
      else { return nil }
      result.append(fields.prefix(count).map { String(decoding: $0, as: UTF8.self) })
      fields = fields.dropFirst(count)
    }
    return result
  }
}
