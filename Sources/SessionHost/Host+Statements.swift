import CSystemCalls
import Foundation
import Glibc
import Journal
import Runbook

/// A statement, from the queue to its record.
extension Host {
  func takeNextJob() {
    guard current == nil, !jobs.isEmpty, !isEnding else { return }
    guard let shell else {
      do { try startShell() } catch { failJobs(Self.sessionError(error, folder)) }
      return
    }
    guard shellIsReady else { return }
    switch jobs.removeFirst() {
    case .statement(let request, let number):
      do {
        try run(request, in: shell, number: number)
      } catch {
        current = nil
        client?.send(.failed(Self.sessionError(error, folder)), to: number)
      }
    case .expansion(let words, let number): expand(words, in: shell, number: number)
    }
  }

  func run(_ request: StatementRequest, in shell: HostShell, number: Int) throws {
    var before = try enterFolder(of: shell)
    let running = Running(id: request.id, waiter: number)
    var input = "/dev/null"
    var path: String
    if request.interactive {
      let terminal = request.terminal ?? "/proc/\(client?.pid ?? 0)/fd/0"
      let fd = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard fd >= 0 else { throw SessionError.terminalNotOpened(path: terminal, errno: errno) }
      running.terminal = fd
      path = "/proc/\(getpid())/fd/\(fd)"
      input = path
    } else {
      let output = try spareOutput ?? StatementOutput(folder: folder.path, limit: request.outputLimit)
      spareOutput = nil
      output.limit(to: request.outputLimit)
      running.output = output
      running.watch = backout_notify_writes(notify, output.path)
      path = output.path
    }
    var record = SessionRecord(
      kind: .started, instant: SystemClock.now(), statement: request.id, textDigest: Digest(of: request.text),
      process: shell.mark)
    record.stateDigest = snapshotDigest
    try log.append(record)
    startedStatements.insert(request.id)
    running.notices = pendingNotices
    pendingNotices = []
    running.begun = SystemClock.nanoseconds()
    running.deadline = request.timeout.map { running.begun + Int64(max(0, $0) * 1e9) }
    running.faultAt = running.begun + 20_000_000
    current = running
    if let status = snapshot?.status { before.append(contentsOf: "\n__backout_status=\(status)".utf8) }
    if let trap = snapshot?.exitTrap { before.append(contentsOf: Data("\n__backout_user_trap=".utf8) + trap) }
    shell.hand(request.id, text: Data(request.text.utf8), input: input, output: path, before: before)
  }

  /// What brings the shell into its folder again, where that was removed and made anew. Throws
  /// `SessionError.folderGone` where it was only removed; the session then stands in what is left of the path.
  private func enterFolder(of shell: HostShell) throws -> Data {
    guard let folder = shell.folder, folder.isGone else { return Data() }
    let path = snapshot?.directoryPath ?? folder.path
    let nearest = Files.nearestFolder(to: path)
    guard nearest != path else { return Data("builtin cd -- \(ShellProgram.quoted(path))".utf8) }
    snapshot?.directory = Data(nearest.utf8)
    // The next shell takes over everything and stands there.
    kill(shell.pid, SIGKILL)
    var status: Int32 = 0
    waitpid(shell.pid, &status, 0)
    self.shell = nil
    throw SessionError.folderGone(path, fallback: nearest)
  }

  func expand(_ words: [String], in shell: HostShell, number: Int) {
    let file = backout_memory_file("words")
    let running = Running(id: "", waiter: number)
    running.isExpansion = true
    running.terminal = file
    running.words = words.count
    running.begun = SystemClock.nanoseconds()
    running.deadline = running.begun + 10_000_000_000
    current = running
    // In a child, so that `${x:=y}` and arithmetic leave the session as it is.
    let body = words.map { word in
      "builtin set -- \(word)\nbuiltin printf '%s\\0' \"$#\"\n[[ $# -gt 0 ]] && builtin printf '%s\\0' \"$@\"\n"
    }.joined()
    let text = "(builtin trap - EXIT ERR DEBUG; builtin set +euvx\n\(body)builtin :\n) 2>/dev/null"
    shell.hand(
      "", text: Data(text.utf8), input: "/dev/null", output: "/proc/\(getpid())/fd/\(file)", before: Data())
  }

  // MARK: - Ends

  func finish(_ running: Running, status: Int, signal: Int?, shellEnded: Bool) {
    current = nil
    if running.isExpansion {
      let reply: HostReply = running.expanded().map { .words($0) } ?? .failed(.notExpandable(""))
      if let waiter = running.waiter { client?.send(reply, to: waiter) }
      return
    }
    var result = StatementResult(exitStatus: status)
    result.signal = signal
    result.timedOut = running.ending?.isTimeout == true
    result.terminated = running.ending?.isTimeout == false
    result.endedShell = shellEnded
    result.stateKept = !shellEnded || running.stateKept
    result.milliseconds = running.elapsed
    result.notices = running.notices
    let left = leftBehind(by: running)
    result.backgroundProcesses = left.map(\.pid)
    keepOutput(of: running, in: &result)
    var record = SessionRecord(kind: .ended, instant: SystemClock.now(), statement: running.id)
    record.exitStatus = status
    record.signal = signal
    record.timedOut = result.timedOut
    record.terminated = result.terminated
    record.endedShell = shellEnded
    record.outputBytes = result.outputBytes
    record.background = left
    record.stateDigest = snapshotDigest
    do {
      try log.write(record)
    } catch {
      result.notices.append("how it ended could not be recorded: \(Self.sessionError(error, folder))")
    }
    result.notices += pendingNotices
    pendingNotices = []
    result.state = mark
    results.append((running.id, result))
    if results.count > Self.resultsKept {
      var old = results.removeFirst()
      old.result.outputTail = Data()
      recorded[old.id] = old.result
    }
    if let waiter = running.waiter { client?.send(.result(result), to: waiter) }
    // The tool commits the outcome at the same time. A power cut that takes both leaves the start record, which is on
    // the disk: the statement's outcome is unknown then, never "not started".
    do { try log.sync() } catch {
      pendingNotices.append("how \(running.id) ended may not outlive a power cut: \(Self.sessionError(error, folder))")
    }
    idleSince = SystemClock.nanoseconds()
    if result.outputBytes == 0, left.isEmpty { spareOutput = running.output }
  }

  /// Looks for what the statement left running. Most leave nothing, which costs two small reads.
  private func leftBehind(by running: Running) -> [ProcessMark] {
    if let shell {
      if ProcessTable.hasChildren(shell.pid) == false,
        ProcessTable.hasChildren(getpid(), besides: shell.pid) == false
      {
        return []
      }
    } else if ProcessTable.hasChildren(getpid()) == false {
      return []
    }
    let pids = StatementEnding.processes(of: running.id, spared: spared, shell: shell?.pid)
    let marks = pids.compactMap { ProcessTable.entry(of: $0)?.mark }
    spared = spared.filter(ProcessTable.isAlive).union(marks)
    return marks
  }

  private func keepOutput(of running: Running, in result: inout StatementResult) {
    guard let output = running.output else { return }
    if running.watch >= 0 { _ = backout_notify_end(notify, running.watch) }
    while output.follow(
      most: 16 << 20,
      onChunk: { chunk, skipped in
        if let waiter = running.waiter { client?.sendOutput(chunk, skipped: skipped, to: waiter) }
      })
    {}
    result.outputBytes = output.total
    guard output.total > 0 else { return }
    result.outputTail = output.end
    if output.wasCut {
      result.notices.append("the statement emptied its own output (as `> /dev/stderr` does): its beginning may be lost")
    }
    let kept = output.kept
    result.outputLeftOut = kept.leftOut
    guard let key else { return }
    do {
      mkdir(folder.path + "/output", 0o700)
      try SealedFile.write(
        kept.data, to: folder.outputPath(of: running.id), key: key,
        context: SessionFolder.outputContext(of: running.id))
    } catch {
      result.notices.append("its output could not be kept in \(folder.path)/output")
    }
  }
}
