import CSystemCalls
import Foundation
import Glibc
import Journal
import Runbook

/// The process that holds a run's shell: one thread, one loop over what may happen.
final class Host {
  /// Nanoseconds without a client after which an idle host ends.
  private static let idleLimit: Int64 = 24 * 3600 * 1_000_000_000
  /// Results kept for a client that comes back.
  private static let resultsKept = 32

  let folder: SessionFolder
  let log: RecordLog
  let faults: FaultInjector
  private let listener: Int32
  private let signals: Int32
  let notify: Int32
  var client: HostClient?
  private var start: (directory: String, environment: [String: String])?
  var key: SealingKey?
  var shell: HostShell?
  private var shellIsReady = false
  /// Whether the shell has said that it ends, and with which state.
  private var lastReport = false
  private var shellPath = "/bin/bash"
  var snapshot: ShellSnapshot?
  var snapshotDigest: Digest?
  private var jobs: [Job] = []
  var current: Running?
  private var startedStatements: Set<String>
  private var recorded: [String: StatementResult] = [:]
  private var results: [(id: String, result: StatementResult)] = []
  /// What ended statements left running.
  var spared: Set<ProcessMark> = []
  var pendingNotices: [String] = []
  private var spareOutput: StatementOutput?
  private var idleSince = SystemClock.nanoseconds()
  private var isEnding = false

  /// What waits for the shell.
  private enum Job {
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
    try Files.replace(folder.hostPath, with: try JSONEncoder().encode(mark))
    try log.append(SessionRecord(kind: .hostStarted, instant: SystemClock.now(), process: mark))
  }

  /// Runs until asked to end, or idle for a day.
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
      due.append(idleSince + Self.idleLimit)
    }
    guard let first = due.min() else { return -1 }
    let left = first - SystemClock.nanoseconds()
    return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
  }

  private func meetDeadlines() {
    let now = SystemClock.nanoseconds()
    guard let current else {
      if client == nil, jobs.isEmpty, now - idleSince >= Self.idleLimit { isEnding = true }
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

  private func end(_ running: Running, isTimeout: Bool) {
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
  private func follow() {
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

  // MARK: - Requests

  private func answer(_ numbered: NumberedRequest) {
    let number = numbered.number
    switch numbered.request {
    case .start(let directory, let environment, let key, let restoring):
      do {
        try begin(in: directory, environment: environment, key: key, restoring: restoring)
        client?.send(.done, to: number)
      } catch {
        client?.send(.failed(Self.sessionError(error, folder)), to: number)
        isEnding = true
      }
    case .hello: client?.send(.done, to: number)
    case .run(let request):
      if let error = refusal(of: request) {
        client?.send(.failed(error), to: number)
      } else {
        jobs.append(.statement(request, number: number))
      }
    case .expand(let words):
      if let current {
        client?.send(.failed(.statementRunning(current.id)), to: number)
      } else if let bad = words.first(where: { !ShellWord.isExpandable($0) }) {
        client?.send(.failed(.notExpandable(bad)), to: number)
      } else {
        jobs.append(.expansion(words, number: number))
      }
    case .state: client?.send(.state(state()), to: number)
    case .status(let id): client?.send(.status(status(of: id)), to: number)
    case .wait(let id):
      if let current, current.id == id {
        current.waiter = number
      } else if case .ended(let result) = status(of: id) {
        client?.send(.result(result), to: number)
      } else {
        client?.send(.failed(.unknownStatement(id)), to: number)
      }
    case .terminate(let id):
      if let current, current.id == id {
        end(current, isTimeout: false)
        client?.send(.done, to: number)
      } else {
        client?.send(startedStatements.contains(id) ? .done : .failed(.unknownStatement(id)), to: number)
      }
    case .end:
      if let current, !current.isExpansion {
        client?.send(.failed(.statementRunning(current.id)), to: number)
      } else {
        isEnding = true
        client?.send(.done, to: number)
      }
    }
  }

  private func begin(in directory: String, environment: [String: String], key: Data, restoring: Bool) throws {
    guard let key = SealingKey(bytes: key) else {
      throw SessionError.snapshotNotRead(path: folder.snapshotPath, why: "the key is not 32 bytes long")
    }
    self.key = key
    shellPath = Spawn.find("bash", in: environment["PATH"]) ?? shellPath
    start = (directory, environment)
    if restoring, access(folder.snapshotPath, F_OK) == 0 {
      do {
        let data = try SealedFile.read(folder.snapshotPath, key: key, context: SessionFolder.snapshotContext)
        snapshot = try JSONDecoder().decode(ShellSnapshot.self, from: data)
        snapshotDigest = snapshot?.digest
      } catch {
        throw SessionError.snapshotNotRead(path: folder.snapshotPath, why: "\(error)")
      }
    }
    try startShell()
  }

  private func refusal(of request: StatementRequest) -> SessionError? {
    if request.text.utf8.contains(0) || request.id.utf8.contains(0) { return .holdsNUL }
    if let current, !current.isExpansion { return .statementRunning(current.id) }
    if startedStatements.contains(request.id) { return .alreadyStarted(request.id) }
    for case .statement(let queued, _) in jobs { return .statementRunning(queued.id) }
    return nil
  }

  private func status(of id: String) -> StatementStatus {
    if let current, current.id == id { return .running(elapsed: current.elapsed) }
    if let result = results.last(where: { $0.id == id })?.result ?? recorded[id] { return .ended(result) }
    return startedStatements.contains(id) ? .unknown : .notStarted
  }

  private func state() -> SessionSnapshot {
    let path = shell?.folder ?? (snapshot?.directoryPath ?? start?.directory ?? "/", false)
    return SessionSnapshot(
      directory: path.path, directoryExists: !path.isGone && access(path.path, F_OK) == 0,
      variables: snapshot?.exported ?? start?.environment ?? [:])
  }

  static func sessionError(_ error: any Error, _ folder: SessionFolder) -> SessionError {
    error as? SessionError ?? .snapshotNotRead(path: folder.snapshotPath, why: "\(error)")
  }

  // MARK: - The shell

  private func startShell() throws {
    guard let start else { throw SessionError.shellNotStarted(path: shellPath, folder: "", errno: EINVAL) }
    shellIsReady = false
    var environment = ["BACKOUT_SESSION": folder.identity]
    if snapshot == nil { environment.merge(start.environment) { own, _ in own } }
    var directory = start.directory
    var before = Data()
    if let snapshot {
      directory = Files.nearestFolder(to: snapshot.directoryPath)
      if directory != snapshot.directoryPath {
        pendingNotices.append(
          "the session's folder \(snapshot.directoryPath) is gone; the session now stands in \(directory)")
      }
      before = snapshot.restoring(in: directory)
    }
    shell = try HostShell(path: shellPath, directory: directory, environment: environment, before: before)
  }

  private func takeReport() {
    guard let shell, let report = shell.takeReport() else { return }
    accept(report.parts, of: shell)
    // The shell is about to end; how, its end will tell.
    if report.isLast {
      lastReport = true
      return
    }
    if !shellIsReady {
      shellIsReady = true
      return
    }
    guard let current, current.report == nil else { return }
    current.report = snapshot?.status ?? 0
    if !current.isDying { finish(current, status: snapshot?.status ?? 255, signal: nil, shellEnded: false) }
  }

  private func accept(_ parts: [ArraySlice<UInt8>], of shell: HostShell) {
    if !shellIsReady { shell.ownTrap = Array(parts[ShellProgram.reportParts - 1]) }
    let new = ShellSnapshot(parts: parts, ownTrap: shell.ownTrap, previous: snapshot)
    guard let new else { return }
    let changed = snapshot.map { !$0.isSameState(as: new) } ?? true
    let status = current?.isExpansion == true ? snapshot?.status : new.status
    snapshot = new
    snapshot?.status = status ?? new.status
    if changed { keepSnapshot() }
  }

  private func keepSnapshot() {
    guard let snapshot, let key else { return }
    snapshotDigest = snapshot.digest
    do {
      try SealedFile.write(
        JSONEncoder().encode(snapshot), to: folder.snapshotPath, key: key, context: SessionFolder.snapshotContext)
    } catch {
      pendingNotices.append(
        "the session's state could not be kept in \(folder.snapshotPath); after a crash it would be an older one")
    }
  }

  private func shellEnded(_ status: Int32) {
    guard let shell else { return }
    let signal = status & 0x7f
    let exit = signal == 0 ? Int(status >> 8 & 0xff) : 128 + Int(signal)
    var stateKept = false
    if current?.ending == nil {
      if let report = shell.takeReport() {
        accept(report.parts, of: shell)
        lastReport = true
      }
      stateKept = lastReport
    }
    lastReport = false
    self.shell = nil
    let wasReady = shellIsReady
    shellIsReady = false
    if let current {
      current.stateKept = stateKept
      snapshot?.status = exit
      // The EXIT trap of the statement ran.
      if stateKept { snapshot?.exitTrap = Data() }
      finish(current, status: exit, signal: signal == 0 ? nil : Int(signal), shellEnded: true)
    } else if !wasReady {
      failJobs(.shellEnded(status: exit))
    }
  }

  private func failJobs(_ error: SessionError) {
    for job in jobs {
      switch job {
      case .statement(_, let number), .expansion(_, let number): client?.send(.failed(error), to: number)
      }
    }
    jobs = []
  }

  // MARK: - Jobs

  private func takeNextJob() {
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

  private func run(_ request: StatementRequest, in shell: HostShell, number: Int) throws {
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

  private func expand(_ words: [String], in shell: HostShell, number: Int) {
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

  private func finish(_ running: Running, status: Int, signal: Int?, shellEnded: Bool) {
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
      try log.append(record)
    } catch {
      result.notices.append("how it ended could not be recorded: \(Self.sessionError(error, folder))")
    }
    result.notices += pendingNotices
    pendingNotices = []
    results.append((running.id, result))
    if results.count > Self.resultsKept {
      var old = results.removeFirst()
      old.result.outputTail = Data()
      recorded[old.id] = old.result
    }
    if let waiter = running.waiter { client?.send(.result(result), to: waiter) }
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
