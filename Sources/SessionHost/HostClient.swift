import CSystemCalls
import Foundation
import Glibc
import Runbook

/// The host's end of its one client's connection. Never blocks: what a slow client does not take, waits or is dropped.
final class HostClient {
  /// Output waits for a slow client up to here; what comes then is counted, not sent.
  private static let patience = 1 << 20
  let fd: Int32
  let pid: Int32
  private(set) var isGone = false
  private var incoming: [UInt8] = []
  private var outgoing: [UInt8] = []
  private var sent = 0
  private var skipped = 0

  /// Nil where the other end is not this user's.
  init?(_ fd: Int32) {
    var pid: pid_t = 0
    var user: uid_t = 0
    guard backout_peer(fd, &pid, &user) == 0, user == geteuid() else {
      close(fd)
      return nil
    }
    self.fd = fd
    self.pid = pid
    _ = fcntl(fd, F_SETFL, O_NONBLOCK)
    _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(fd) }

  var wantsToWrite: Bool { sent < outgoing.count }

  /// Reads what came; the whole requests in it.
  func requests() -> [NumberedRequest] {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while !isGone {
      let count = read(fd, &buffer, buffer.count)
      if count > 0 {
        incoming.append(contentsOf: buffer[..<count])
        if count < buffer.count { break }
      } else if count == 0 {
        isGone = true
      } else if errno == EINTR {
        continue
      } else {
        if errno != EAGAIN { isGone = true }
        break
      }
    }
    var result: [NumberedRequest] = []
    do {
      while let body = try Frame.take(from: &incoming) {
        result.append(try CanonicalJSON.value(of: body))
      }
    } catch {
      // Not one of ours: nothing it says can be trusted.
      isGone = true
    }
    return result
  }

  func send(_ reply: HostReply, to number: Int) {
    guard !isGone, let frame = try? Frame.encode(NumberedReply(number: number, reply: reply)) else { return }
    outgoing.append(contentsOf: frame)
    flush()
  }

  func sendOutput(_ chunk: ArraySlice<UInt8>, skipped more: Int, to number: Int) {
    skipped += more
    guard outgoing.count - sent < Self.patience else {
      skipped += chunk.count
      return
    }
    send(.output(Data(chunk), skipped: skipped), to: number)
    skipped = 0
  }

  func flush() {
    while sent < outgoing.count {
      let count = outgoing.withUnsafeBytes {
        Glibc.send(fd, $0.baseAddress.map { $0 + sent }, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if count < 0 && errno == EINTR {
        continue
      } else {
        if errno != EAGAIN { isGone = true }
        break
      }
    }
    if sent == outgoing.count {
      outgoing.removeAll(keepingCapacity: outgoing.capacity < 4 << 20)
      sent = 0
    }
  }
}
