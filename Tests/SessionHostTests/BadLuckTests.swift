import Foundation
import Glibc
import Testing

@testable import SessionHost

@Suite("A session meets bad luck", .timeLimit(.minutes(2)))
struct BadLuckTests {
  @Test func oneGigabyteOfOutput() async throws {
    let session = try await Session.start()
    let seen = Collected()
    let result = try await session.client.run(
      StatementRequest(
        id: "big#1", text: "echo first; head -c 1G /dev/zero; echo last", timeout: 60, outputLimit: 1 << 20)
    ) { seen.add($0.prefix(16)) }
    #expect(result.exitStatus == 0)
    #expect(result.outputBytes == 1 << 30 + 11)
    #expect(result.outputTail.count == 64 << 10)
    #expect(result.outputTail.suffix(5) == Data("last\n".utf8))
    #expect(seen.text.hasPrefix("first"))
    let sealed = try Data(contentsOf: URL(fileURLWithPath: session.folder.outputPath(of: "big#1")))
    #expect(sealed.count < 1 << 20 + 1000)
    #expect(try #require(try session.folder.output(of: "big#1", key: Session.key)).starts(with: Data("first\n".utf8)))
    #expect(result.outputLeftOut > 1_000_000_000)
    let status = String(decoding: ProcessTable.contents("/proc/\(session.client.hostPid)/status") ?? [], as: UTF8.self)
    let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }?.split(separator: " ").compactMap {
      Int($0)
    }
    print("PEAK", peak as Any, status)
    #expect(try #require(peak?.first) < 100_000, "KiB")
    await session.end()
  }

  @Test func timeoutEndsTheStatementOnly() async throws {
    let session = try await Session.start()
    let server = try await session.run(
      "export A=1; sleep 300 & (while :; do sleep 1; done) & echo started", id: "server#1")
    #expect(server.backgroundProcesses.count >= 2)
    let result = try await session.run(
      "sleep 100 & echo $!; (sh -c 'sleep 200; touch reached'; touch reached); touch reached", id: "slow#1",
      timeout: 0.3)
    #expect(result.timedOut)
    #expect(result.endedShell)
    #expect(result.milliseconds < 3000)
    #expect(session.folder.liveProcesses(of: "slow#1").isEmpty)
    #expect(!FileManager.default.fileExists(atPath: session.work + "/reached"))
    for pid in server.backgroundProcesses.prefix(1) { #expect(isAlive(pid)) }
    #expect(try await session.output("echo $A") == "1\n")
    let records = try session.folder.records()
    #expect(records.last { $0.statement == "slow#1" }?.timedOut == true)
    let left = session.folder.liveProcesses(of: "server#1")
    #expect(!left.isEmpty)
    await session.end()
    for pid in left { #expect(isAlive(pid)) }
    for pid in left { kill(pid, SIGKILL) }
  }

  @Test func childThatIgnoresTerm() async throws {
    let session = try await Session.start()
    let began = Date()
    let result = try await session.run("trap '' TERM; sh -c 'sleep 60; sleep 60'", id: "deaf#1", timeout: 0.2)
    #expect(result.timedOut)
    #expect(Date().timeIntervalSince(began) > 4.5)
    #expect(Date().timeIntervalSince(began) < 12)
    #expect(session.folder.liveProcesses(of: "deaf#1").isEmpty)
    #expect(try await session.output("echo on") == "on\n")
    await session.end()
  }

  @Test func shellThatSpins() async throws {
    let session = try await Session.start()
    let result = try await session.run("while :; do :; done", timeout: 0.2)
    #expect(result.timedOut)
    #expect(try await session.output("echo on") == "on\n")
    await session.end()
  }

  @Test func terminates() async throws {
    let session = try await Session.start()
    let task = Task { try await session.run("sleep 50", id: "t#1", timeout: nil) }
    #expect(try await eventually { !session.folder.liveProcesses(of: "t#1").isEmpty })
    await #expect(throws: SessionError.statementRunning("t#1")) { try await session.client.end() }
    await #expect(throws: SessionError.statementRunning("t#1")) { try await session.run("true") }
    try await session.client.terminate("t#1")
    let result = try await task.value
    #expect(result.terminated && !result.timedOut)
    await session.end()
  }

  @Test func serverLivesOn() async throws {
    var session = try await Session.start()
    let result = try await session.run("python3 -u -m http.server --bind 127.0.0.1 0 & echo pid $!", id: "srv#1")
    let pid = try #require(result.backgroundProcesses.first)
    // Its output keeps a place to go, also after the host.
    try await session.client.end()
    #expect(isAlive(pid))
    #expect(session.folder.liveProcesses(of: "srv#1").contains(pid))
    try await session.restart()
    #expect(session.folder.liveProcesses(of: "srv#1").contains(pid))
    #expect(try await session.run("sleep 100", timeout: 0.1).timedOut)
    #expect(isAlive(pid))
    kill(pid, SIGTERM)
    await session.end()
  }

  @Test func hostKilled() async throws {
    var session = try await Session.start()
    try await session.run("export KEPT='a b'; f() { echo f; }; cd /usr; set -o pipefail; declare -r RO=5")
    let first = session
    let task = Task { try await first.run("sleep 30; touch \(first.work)/went-on", id: "mid#1") }
    #expect(try await eventually { session.folder.liveProcesses(of: "mid#1").count >= 2 })
    kill(session.client.hostPid, SIGKILL)
    await #expect(throws: SessionLost.self) { try await task.value }
    #expect(try await eventually { session.folder.hostPid == nil })
    #expect(try session.folder.status(of: "mid#1") == .unknown)
    #expect(try await SessionHostClient.attach(to: session.folder) == nil)
    // The shell and its child go on without the host: nothing may be repeated yet.
    let alive = session.folder.liveProcesses(of: "mid#1")
    #expect(alive.count == 2)
    try await session.restart()
    #expect(try await session.client.status(of: "mid#1") == .unknown)
    await #expect(throws: SessionError.alreadyStarted("mid#1")) { try await session.run("true", id: "mid#1") }
    #expect(
      try await session.output("f; echo \"$KEPT\" $RO; pwd; set -o | grep pipefail").hasPrefix(
        "f\na b 5\n/usr\npipefail"))
    #expect(session.folder.liveProcesses(of: "mid#1") == alive)
    for pid in alive { kill(pid, SIGKILL) }
    await session.end()
  }

  /// Its tool was killed before it could say where the shell begins: the host ends by itself, or when somebody asks.
  @Test(arguments: [true, false])
  func aHostThatWasNeverToldWhereToBegin(_ itsToolIsSeenToDie: Bool) async throws {
    let root = NSTemporaryDirectory() + "backout-session-" + UUID().uuidString
    let folder = SessionFolder(path: root + "/session")
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    var ends: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends) == 0)
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    let started = Spawn.start(
      Session.executable, arguments: ["backout", SessionHostMain.verb, folder.path],
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], directory: "/",
      descriptors: [nothing, nothing, nothing, itsToolIsSeenToDie ? ends[1] : nothing], targets: [0, 1, 2, 3],
      leadsSession: true)
    for fd in ends + [nothing] { close(fd) }
    let pid = try started.get()
    let reaping = Task.detached { waitpid(pid, nil, 0) }
    if itsToolIsSeenToDie {
      #expect(await reaping.value == pid)
    } else {
      #expect(try await eventually { folder.hostPid == pid })
      #expect(try await SessionHostClient.attach(to: folder) == nil)
    }
    let client = try await SessionHostClient.launch(
      executable: Session.executable, folder: folder, directory: root, environment: [:], restoring: false,
      key: Session.key)
    #expect(try await client.run(StatementRequest(id: "one", text: "pwd")).outputTail == Data("\(root)\n".utf8))
    #expect(await reaping.value == pid)
    await Session(root: root, folder: folder, work: root, client: client).end()
  }

  @Test func toolKilled() async throws {
    var session = try await Session.start()
    let folder = session.folder
    // A tool that dies is a connection that ends: the first client is let go.
    let request = StatementRequest(id: "long#1", text: "echo a; sleep 0.6; echo b", timeout: 30)
    do {
      let first = session.client
      let task = Task { try await first.run(request) }
      #expect(try await eventually { try folder.records().contains { $0.statement == "long#1" } })
      await #expect(throws: SessionError.self) { try await SessionHostClient.attach(to: folder) }
      first.drop()
      await #expect(throws: SessionLost.self) { try await task.value }
    }
    let second = try #require(try await SessionHostClient.attach(to: folder))
    guard case .running = try await second.status(of: "long#1") else {
      Issue.record("it should still run")
      return
    }
    let result = try await second.wait(for: "long#1")
    #expect(result.outputTail == Data("a\nb\n".utf8))
    #expect(try folder.status(of: "long#1") != .unknown)
    session.client = second
    await session.end()
  }

  @Test func folderRemoved() async throws {
    let session = try await Session.start()
    try await session.run("mkdir -p a/b && cd a/b && export K=1")
    try await session.run("rm -rf ../../a")
    #expect(try await session.client.state().directoryExists == false)
    await #expect(throws: SessionError.folderGone(session.work + "/a/b", fallback: session.work)) {
      try await session.run("touch here", id: "r#1")
    }
    #expect(try await session.client.status(of: "r#1") == .notStarted)
    #expect(try await session.output("pwd; echo $K") == session.work + "\n1\n")
    try await session.run("mkdir c && cd c")
    try await session.run("rmdir ../c; mkdir ../c")
    #expect(try await session.output("touch new && ls ../c") == "new\n")
    await session.end()
  }

  /// A run that waits for a person keeps its host for a day; not when its folder was taken away.
  @Test func nobodyComesBackToARemovedSession() async throws {
    let session = try await Session.start()
    try await session.run("true")
    session.client.drop()
    try FileManager.default.removeItem(atPath: session.root)
    let deadline = ContinuousClock.now + .seconds(20)
    while kill(session.client.hostPid, 0) == 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(200))
    }
    #expect(kill(session.client.hostPid, 0) != 0)
  }

  @Test func oddStatements() async throws {
    let session = try await Session.start()
    #expect(try await session.run("echo )").exitStatus != 0)
    #expect(try await session.run("echo 'unbalanced").exitStatus != 0)
    #expect(try await session.run("").exitStatus == 0)
    #expect(try await session.run("# only a comment").exitStatus == 0)
    await #expect(throws: SessionError.holdsNUL) { try await session.run("echo \0") }
    let long = "x=" + String(repeating: "y", count: 1 << 20) + "; echo ${#x}"
    #expect(try await session.output(long) == "\(1 << 20)\n")
    #expect(try await session.run("unset x; printf '\\377\\376\\n'").outputTail == Data([0xff, 0xfe, 10]))
    #expect(try await session.output("read x; echo \"$? [$x]\"") == "1 []\n")
    #expect(try await session.output("echo -n 'ünï'; echo -e '\\x21'") == "ünï!\n")
    #expect(try await session.output("x() {\n  echo \"two\nlines\"\n}\nx") == "two\nlines\n")
    let error = try await session.output("nonexistent-command-of-ours")
    #expect(error.hasSuffix("nonexistent-command-of-ours: command not found\n"))
    await session.end()
  }

  @Test func shellThatWasBentOutOfShape() async throws {
    let session = try await Session.start()
    try await session.run(
      "IFS=x; PATH=; set -f; shopt -s expand_aliases; alias eval=false read=false; set -o noclobber")
    try await session.run(
      "read() { echo mine; }; printf() { echo mine; }; eval() { echo mine; }; declare() { echo mine; }")
    try await session.run("trap 'echo debug' ERR; export() { echo mine; }; TMOUT=1")
    #expect(try await session.output("false; echo still").contains("still"))
    try await Task.sleep(for: .milliseconds(1300))
    try await session.run("set -x; :")
    #expect(try await session.output("echo traced").contains("+ echo traced"))
    #expect(try await session.output("set +x; echo quiet; echo $IFS; echo \"$IFS\"").contains("quiet\n"))
    try await session.run("break; continue; return 2>/dev/null; shift 5; wait; builtin cd /")
    #expect(try await session.output("builtin pwd") == "/\n")
    await session.end()
  }

  @Test func trapOnExitRunsOnce() async throws {
    let session = try await Session.start()
    try await session.run("trap 'echo \"rc $?\" >> trap.txt' EXIT; X=1")
    try await session.run("true")
    #expect(!FileManager.default.fileExists(atPath: session.work + "/trap.txt"))
    try await session.run("Y=2; exit 4")
    #expect(try await session.output("cat trap.txt; echo $X $Y") == "rc 4\n1 2\n")
    try await session.run("trap 'echo end >> trap.txt' EXIT")
    try await session.client.end()
    #expect(try String(contentsOfFile: session.work + "/trap.txt", encoding: .utf8) == "rc 4\nend\n")
    await session.end()
  }

  @Test func expands() async throws {
    let session = try await Session.start()
    try await session.run("touch a.txt 'b c.txt'; A='one two'; set -u; arr=(x 'y z')")
    let words = try await session.client.expand([
      "*.txt", "$A", "\"$A\"", "$NOT_SET", "\"${arr[@]}\"", "~", "'q $A'", "{1,2}", "${Z:=5}",
    ])
    #expect(
      words == [
        ["a.txt", "b c.txt"], ["one", "two"], ["one two"], [], ["x", "y z"], [session.root], ["q $A"], ["1", "2"],
        ["5"],
      ])
    #expect(try await session.output("set +u; echo \"[$Z]\"") == "[]\n")
    for bad in ["$(touch x)", "`touch x`", "a;b", "\"a", "<(x)"] {
      await #expect(throws: SessionError.notExpandable(bad)) { try await session.client.expand([bad]) }
    }
    await session.end()
  }

  @Test func veryLongFolder() async throws {
    let name = (0..<10).map { "folder-\($0)-with-a-long-name" }.joined(separator: "/")
    let session = try await Session.start(under: name)
    #expect(try await session.output("echo hi") == "hi\n")
    session.client.drop()
    let again = try #require(try await SessionHostClient.attach(to: session.folder))
    #expect(try await again.state().directory == session.work)
    try await again.end()
    await session.end()
  }

  @Test func missingFolderAtStart() async throws {
    await #expect(throws: SessionError.self) { try await Session.start(in: "/nonexistent/folder") }
  }

  @Test func tornRecord() async throws {
    var session = try await Session.start()
    try await session.run("true", id: "one#1")
    try await session.client.end()
    let path = session.folder.recordsPath
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
    bytes = bytes[...(end - 20)]
    try bytes.write(to: URL(fileURLWithPath: path))
    #expect(try session.folder.records().last?.kind == .ended)
    try await session.restart()
    try await session.run("true", id: "two#1")
    #expect(try session.folder.records().last?.statement == "two#1")
    #expect(try session.folder.records().filter { $0.statement == "one#1" }.count == 2)
    await session.end()
  }

  @Test func nothingReadableOnDisk() async throws {
    let session = try await Session.start(environment: ["TOKEN": "hunter2-secret"])
    try await session.run("echo $TOKEN; X=hunter2-secret; echo hunter2-secret; sleep 0.1", id: "sec#1")
    let command = String(
      decoding: ProcessTable.contents("/proc/\(session.client.hostPid)/cmdline") ?? [], as: UTF8.self)
    #expect(!command.contains("hunter2"))
    let files = try #require(FileManager.default.enumerator(atPath: session.folder.path))
    var seen = 0
    for case let name as String in files {
      guard let data = FileManager.default.contents(atPath: session.folder.path + "/" + name) else { continue }
      #expect(data.range(of: Data("hunter2".utf8)) == nil, "\(name)")
      seen += 1
    }
    #expect(seen >= 4)
    await session.end()
  }
}
