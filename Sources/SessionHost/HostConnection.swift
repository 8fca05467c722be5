import Foundation
import Glibc
import Runbook
import Synchronization

/// The client's end of the connection: requests go out in order, replies find the one who asked.
///
/// A thread of its own reads, so that nothing blocks the cooperative pool and a reply costs one wake. That is why a lock
/// stands here: the thread is no task, and an actor could not be entered from it without another hop.
final class HostConnection: Sendable {
  typealias Output = @Sendable (Data) -> Void

  private struct Waiting {
    var continuation: CheckedContinuation<HostReply, any Error>
    var onOutput: Output?
  }
  private struct State {
    var waiting: [Int: Waiting] = [:]
    /// Cancelled before they could wait.
    var cancelled: Set<Int> = []
    var lost: (any Error)?
    /// The shell's state as it was told last; nil: a statement may have changed it since.
    var shell: SessionSnapshot?
  }

  private let socket: Socket
  private var fd: Int32 { socket.fd }
  private let folder: SessionFolder
  private let state = Mutex(State())
  private let numbers = Atomic<Int>(1)
  private let writes = DispatchQueue(label: "backout.session.write")

  init(fd: Int32, folder: SessionFolder) {
    let socket = Socket(fd: fd)
    self.socket = socket
    self.folder = folder
    // The thread holds no reference: the connection ends when nobody uses it, which shuts the socket down.
    let thread = Thread { [weak self] in
      let reader = Reader(socket: socket)
      while let body = reader.next() { self?.receive(body) }
      self?.lose("its host ended or dropped the connection")
    }
    thread.name = "backout session"
    thread.start()
  }

  deinit { close() }

  /// The reading thread then says that the connection is gone.
  func close() { shutdown(fd, Int32(SHUT_RDWR)) }

  /// Throws `SessionLost`, `SessionError` as the host answers, `CancellationError`.
  func ask(_ request: HostRequest, onOutput: Output? = nil) async throws -> HostReply {
    let number = numbers.add(1, ordering: .relaxed).newValue
    let frame = try Frame.encode(NumberedRequest(number: number, request: request))
    let reply = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<HostReply, any Error>) in
        let problem: (any Error)? = state.withLock { state in
          if let lost = state.lost { return lost }
          if state.cancelled.remove(number) != nil { return CancellationError() }
          state.waiting[number] = Waiting(continuation: continuation, onOutput: onOutput)
          return nil
        }
        if let problem { return continuation.resume(throwing: problem) }
        send(frame)
      }
    } onCancel: {
      let waiting = state.withLock { state in
        let one = state.waiting.removeValue(forKey: number)
        if one == nil { state.cancelled.insert(number) }
        return one
      }
      waiting?.continuation.resume(throwing: CancellationError())
    }
    if case .failed(let error) = reply { throw error }
    return reply
  }

  /// What is known of the shell's state: a statement that changed nothing in the shell leaves it known.
  var shell: SessionSnapshot? {
    get { state.withLock { $0.shell } }
    set { state.withLock { $0.shell = newValue } }
  }

  private func send(_ frame: [UInt8]) {
    // What fits goes at once; a long statement goes from a queue, where waiting harms nobody.
    if frame.count <= 32 << 10 { return writes.sync { write(frame) } }
    writes.async { self.write(frame) }
  }

  private func write(_ frame: [UInt8]) {
    frame.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = Glibc.send(
          fd, buffer.baseAddress.map { $0 + done }, buffer.count - done, Int32(MSG_NOSIGNAL))
        if count < 0 && errno == EINTR { continue }
        // The reading thread says that the connection is gone.
        guard count > 0 else { return }
        done += count
      }
    }
  }

  private func receive(_ body: Data) {
    guard let message = try? CanonicalJSON.value(NumberedReply.self, of: body) else {
      return lose("its host sent something that is not an answer")
    }
    if case .output(let data, let skipped) = message.reply {
      let handler = state.withLock { $0.waiting[message.number]?.onOutput }
      if skipped > 0 { handler?(Data("\n[backout: \(skipped) bytes left out]\n".utf8)) }
      handler?(data)
      return
    }
    if message.number == 0 {
      guard case .failed(let error) = message.reply else { return }
      return lose(error)
    }
    let waiting = state.withLock { $0.waiting.removeValue(forKey: message.number) }
    waiting?.continuation.resume(returning: message.reply)
  }

  private func lose(_ why: String) { lose(SessionLost(folder: folder.path, why: why)) }

  private func lose(_ error: any Error) {
    let (waiting, reason) = state.withLock { state in
      state.lost = state.lost ?? error
      defer { state.waiting = [:] }
      return (Array(state.waiting.values), state.lost ?? error)
    }
    for one in waiting { one.continuation.resume(throwing: reason) }
  }
}

/// A socket that is closed when neither the connection nor its thread uses it.
private final class Socket: Sendable {
  let fd: Int32
  init(fd: Int32) { self.fd = fd }
  deinit { Glibc.close(fd) }
}

/// Whole frames from a socket, one after another, blocking.
private final class Reader {
  private let socket: Socket
  private var buffer: [UInt8] = []

  init(socket: Socket) { self.socket = socket }

  func next() -> Data? {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      guard let taken = try? Frame.take(from: &buffer) else {
        if buffer.count >= 4, buffer[..<4].reduce(0, { $0 << 8 | Int($1) }) > Frame.longest { return nil }
        let count = read(socket.fd, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return nil }
        buffer.append(contentsOf: chunk[..<count])
        continue
      }
      return taken
    }
  }
}
