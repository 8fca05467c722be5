import Foundation
import Runbook

/// What a client asks of the host.
enum HostRequest: Codable, Sendable {
  /// The first message after the launch: never on a command line, never on disk.
  case start(directory: String, environment: [String: String], key: Data, restoring: Bool)
  case hello
  case run(StatementRequest)
  case expand([String])
  case state
  case status(String)
  case wait(String)
  case terminate(String)
  case end
}

struct NumberedRequest: Codable, Sendable {
  var number: Int
  var request: HostRequest
}

enum HostReply: Codable, Sendable {
  case done
  case result(StatementResult)
  case words([[String]])
  case state(SessionSnapshot)
  case status(StatementStatus)
  case failed(SessionError)
  /// Output of the statement that `run` or `wait` asked for; `skipped` bytes before it were not sent.
  case output(Data, skipped: Int)
}

struct NumberedReply: Codable, Sendable {
  var number: Int
  var reply: HostReply
}

/// Frames on the socket: four bytes of length, big end first, then JSON.
enum Frame {
  static let longest = 64 << 20

  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let body = try CanonicalJSON.data(of: value)
    let length = UInt32(body.count)
    var frame = [UInt8]()
    frame.reserveCapacity(body.count + 4)
    for shift in [24, 16, 8, 0] { frame.append(UInt8(truncatingIfNeeded: length >> UInt32(shift))) }
    frame.append(contentsOf: body)
    return frame
  }

  /// Takes the first whole frame out of `buffer`; nil: it has not all come yet. Throws where it is too long.
  static func take(from buffer: inout [UInt8]) throws -> Data? {
    guard buffer.count >= 4 else { return nil }
    let length = buffer[..<4].reduce(0) { $0 << 8 | Int($1) }
    guard length <= longest else { throw CocoaError(.coderReadCorrupt) }
    guard buffer.count >= 4 + length else { return nil }
    let body = Data(buffer[4..<(4 + length)])
    buffer.removeFirst(4 + length)
    return body
  }
}
