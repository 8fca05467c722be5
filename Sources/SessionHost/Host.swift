import CSystemCalls
import Foundation
import Glibc
import Journal
import Runbook

/// The process that holds a run's shell: one thread, one loop over what may happen.
final class Host {
  /// Nanoseconds without a client after which an idle host ends.
  private static let idleLimit: Int64 = 24 * 3600 * 1_000_000_000
  /// Nanoseconds between two looks, without a client, at whether the session's folder is still there.
  private static let folderLook: Int64 = 5_000_000_000
  /// Results kept for a client that comes back.
  static let resultsKept = 32

  let folder: SessionFolder
  let log: RecordLog
  let faults: FaultInjector
  private let listener: Int32
  private let signals: Int32
  let notify: Int32
  var client: HostClient?
  var start: (directory: String, environment: [String: String])?
  var key: SealingKey?
  var shell: HostShell?
  var shellIsReady = false
  /// Whether the shell has said that it ends, and with which state.
  var lastReport = false
  var shellPath = "/bin/bash"
  var snapshot: ShellSnapshot?
  var snapshotDigest: Digest?
  var jobs: [Job] = []
  var current: Running?
  var startedStatements: Set<String>
  var recorded: [String: StatementResult] = [:]
  var results: [(id: String, result: StatementResult)] = []
  /// What ended statements left running.
  var spared: Set<ProcessMark> = []
  var pendingNotices: [String] = []
  var spareOutput: StatementOutput?
  var idleSince = SystemClock.nanoseconds()
  var isEnding = false

  /// What waits for the shell.
  enum Job {
    case statement(StatementRequest, number: Int)
    case expansion([String], number: Int)
  }

  init(folder: SessionFolder, first: HostClient?, signals: Int32, faults: FaultInjector) throws {
    self.folder = folder
    self.faults = faults
    self.signals = signals
    client = first
    notify = backout_notify_open()
    log = try RecordLog(path: folder.recordsPath, faults: faults)
    let records = try folder.records()
    startedStatements = Set(records.filter { $0.kind == .started }.compactMap(\.statement))
    for record in records where record.kind == .ended {
      if let id = record.statement { recorded[id] = RecordLog.result(of: record, startedAt: nil) }
      spared.formUnion(record.background ?? [])
    }
    spared = spared.filter(ProcessTable.isAlive)
    listener = try SocketFile.listen(in: folder)
    guard let mark = ProcessTable.entry(of: getpid())?.mark else {
      throw SessionError.folderNotUsable(path: "/proc", errno: ENOENT)
    }
    try Files.replace(folder.hostPath, with: try CanonicalJSON.data(of: mark))
    try log.append(SessionRecord(kind: .hostStarted, instant: SystemClock.now(), process: mark))
  }

  /// Runs until asked to end, idle for a day, or left without its folder: nobody can come back to it then.
  func run() {
    while !isEnding { turn() }
    if let shell {
      // Its EXIT trap runs; what it left in the background is spared.
      shell.close()
      let deadline = SystemClock.nanoseconds() + 5_000_000_000
      while self.shell != nil, SystemClock.nanoseconds() < deadline {
        var polls = [signals, shell.reports].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        _ = poll(&polls, 2, 100)
        drainSignals()
        _ = shell.takeReport()
        reap()
      }
      if self.shell != nil { kill(shell.pid, SIGKILL) }
    }
    try? log.append(SessionRecord(kind: .hostEnded, instant: SystemClock.now()))
    unlink(folder.hostPath)
    unlink(folder.path + "/" + SessionFolder.socketName)
    client?.flush()
  }

  // MARK: - The loop

  private func turn() {
    var polls = [
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0), pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
      pollfd(fd: shell?.reports ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: client?.fd ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: current?.followsAt == nil ? notify : -1, events: Int16(POLLIN), revents: 0),
    ]
    if client?.wantsToWrite == true { polls[3].events |= Int16(POLLOUT) }
    let ended = current?.ending?.watched.map { (pid: $0.key, fd: $0.value) } ?? []
    polls += ended.map { pollfd(fd: $0.fd, events: Int16(POLLIN), revents: 0) }
    _ = poll(&polls, nfds_t(polls.count), timeout())

    if polls[0].revents != 0 { drainSignals() }
    if polls[1].revents != 0 { accept() }
    if polls[2].revents != 0 { takeReport() }
    if polls[4].revents != 0 { drainNotifications() }
    for (index, one) in ended.enumerated() where polls[5 + index].revents != 0 {
      if current?.ending?.noteEnd(of: one.pid) == true { current?.ending?.finish() }
    }
    reap()
    if polls[3].revents != 0, let client {
      if polls[3].revents & Int16(POLLOUT) != 0 { client.flush() }
      for request in client.requests() { answer(request) }
    }
    if client?.isGone == true {
      client = nil
      idleSince = SystemClock.nanoseconds()
      if start == nil { isEnding = true }
    }
    meetDeadlines()
    takeNextJob()
  }

  /// Milliseconds until something is due.
  private func timeout() -> Int32 {
    var due: [Int64] = []
    if let current {
      due += [current.deadline, current.ending?.deadline, current.faultAt, current.followsAt].compactMap { $0 }
    } else if client == nil {
      due.append(min(idleSince + Self.idleLimit, SystemClock.nanoseconds() + Self.folderLook))
    }
    guard let first = due.min() else { return -1 }
    let left = first - SystemClock.nanoseconds()
    return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
  }

  private func meetDeadlines() {
    let now = SystemClock.nanoseconds()
    guard let current else {
      if client == nil, jobs.isEmpty, now - idleSince >= Self.idleLimit || access(folder.path, F_OK) != 0 {
        isEnding = true
      }
      return
    }
    if let at = current.faultAt, at <= now {
      current.faultAt = nil
      faults.reach(.statementRunning)
    }
    if let at = current.followsAt, at <= now {
      current.followsAt = nil
      follow()
    }
    if let ending = current.ending {
      if ending.deadline <= now || ending.isDone { ending.finish() }
    } else if let at = current.deadline, at <= now {
      end(current, isTimeout: true)
    }
  }

  func end(_ running: Running, isTimeout: Bool) {
    guard running.ending == nil, let shell else { return }
    running.ending = StatementEnding(shell: shell.pid, statement: running.id, spared: spared, isTimeout: isTimeout)
    if running.ending?.isDone == true { running.ending?.finish() }
  }

  private func drainSignals() {
    var buffer = [UInt8](repeating: 0, count: 128 * 16)
    while true {
      let count = read(signals, &buffer, buffer.count)
      if count <= 0 { return }
      for start in stride(from: 0, to: count, by: 128) where Int32(buffer[start]) == SIGTERM && current == nil {
        isEnding = true
      }
    }
  }

  private func drainNotifications() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while read(notify, &buffer, buffer.count) > 0 {}
    follow()
  }

  /// Passes on what the statement printed. A statement that prints without end is looked at every few milliseconds.
  func follow() {
    guard let current, let output = current.output else { return }
    let more = output.follow(most: 16 << 20) { chunk, skipped in
      if let waiter = current.waiter { client?.sendOutput(chunk, skipped: skipped, to: waiter) }
    }
    current.followsAt = SystemClock.nanoseconds() + (more ? 0 : 5_000_000)
  }

  private func reap() {
    var status: Int32 = 0
    while true {
      let pid = waitpid(-1, &status, WNOHANG)
      if pid <= 0 { return }
      if let ending = current?.ending, ending.watched[pid] != nil, ending.noteEnd(of: pid) { ending.finish() }
      if pid == shell?.pid { shellEnded(status) }
    }
  }

  private func accept() {
    let fd = Glibc.accept(listener, nil, nil)
    guard fd >= 0, let new = HostClient(fd) else { return }
    if let old = client {
      // It may have died a moment ago.
      for request in old.requests() { answer(request) }
      if !old.isGone {
        new.send(.failed(.inUse(pid: old.pid)), to: 0)
        return
      }
      current?.waiter = nil
    }
    client = new
  }
}
