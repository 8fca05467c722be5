import CSystemCalls
import Foundation
import Glibc

/// A statement's output: an unnamed file that the statement writes to, followed from here.
///
/// A file and no pipe: a server left in the background keeps a valid descriptor for ever, and nobody who reads slowly
/// holds the statement up. What was read is punched out, so the disk holds only what nobody has read yet.
final class StatementOutput {
  static let tailLimit = 64 << 10
  /// More than this unread is passed over: the statement is faster than we are, and the disk is not ours to fill.
  private static let backlog = 32 << 20
  let fd: Int32
  /// What the shell opens.
  var path: String { "/proc/\(getpid())/fd/\(fd)" }
  private(set) var total = 0
  private(set) var wasCut = false
  private var half: Int
  private var position = 0
  private var head: [UInt8] = []
  private var tail: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)

  /// Throws `SessionError.outputNotCaptured`.
  init(folder: String, limit: Int) throws {
    fd = backout_unnamed_file(folder)
    guard fd >= 0 else { throw SessionError.outputNotCaptured(path: folder, errno: errno) }
    half = max(0, min(limit, 16 << 20)) / 2
  }

  deinit { close(fd) }

  /// For a file that is used again because nothing was written to it.
  func limit(to limit: Int) { half = max(0, min(limit, 16 << 20)) / 2 }

  /// Reads what is there; at most `most` bytes, so that the host's loop goes round. True: there is more.
  func follow(most: Int, onChunk: (ArraySlice<UInt8>, Int) -> Void) -> Bool {
    var status = stat()
    guard fstat(fd, &status) == 0 else { return false }
    let size = Int(status.st_size)
    if size < position {
      // The statement opened its own output anew (`echo x > /dev/stderr`), which empties it.
      position = 0
      wasCut = true
    }
    var skipped = 0
    if size - position > Self.backlog {
      let keep = max(half, Self.tailLimit) + Self.backlog / 4
      if size - keep > position {
        skipped = size - keep - position
        release(from: position, to: size - keep)
        position = size - keep
        total += skipped
        if head.count < half { headEnded = true }
        tail.removeAll(keepingCapacity: true)
      }
    }
    var budget = most
    while position < size, budget > 0 {
      let count = pread(fd, &buffer, min(buffer.count, size - position, budget), off_t(position))
      if count <= 0 { break }
      let chunk = buffer[..<count]
      keep(chunk)
      onChunk(chunk, skipped)
      skipped = 0
      total += count
      budget -= count
      if position / Self.punch != (position + count) / Self.punch { release(from: 0, to: position + count) }
      position += count
    }
    return position < size
  }

  private static let punch = 1 << 20
  private var headEnded = false

  private func release(from start: Int, to end: Int) {
    // Where a file system cannot, the file just stays whole until the statement's end.
    _ = backout_punch_hole(fd, Int64(start), Int64(end - start))
  }

  private func keep(_ chunk: ArraySlice<UInt8>) {
    var rest = chunk
    if head.count < half && !headEnded {
      let part = rest.prefix(half - head.count)
      head.append(contentsOf: part)
      rest = rest.dropFirst(part.count)
    }
    tail.append(contentsOf: rest)
    let limit = max(half, Self.tailLimit)
    if tail.count > 2 * limit { tail.removeFirst(tail.count - limit) }
  }

  /// The last 64 KiB.
  var end: Data {
    let last = tail.suffix(Self.tailLimit)
    // Where little was printed, all of it is in the head.
    guard last.count < Self.tailLimit, total == head.count + tail.count else { return Data(last) }
    return Data(head.suffix(Self.tailLimit - last.count) + last)
  }

  /// What is kept: the first half of the limit and the last, with a line between that says how much was left out.
  var kept: (data: Data, leftOut: Int) {
    let last = tail.suffix(half)
    let leftOut = total - head.count - last.count
    guard leftOut > 0 else { return (Data(head + last), 0) }
    return (Data(head + Array("\n[backout: \(leftOut) bytes left out]\n".utf8) + last), leftOut)
  }
}
