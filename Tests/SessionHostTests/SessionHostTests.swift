import Foundation
import Testing

@testable import SessionHost

@Suite("A session runs statements in one shell", .timeLimit(.minutes(2)))
struct SessionHostTests {
  @Test func runsAndRecords() async throws {
    let session = try await Session.start()
    let result = try await session.run("echo hello; echo there >&2; (exit 3)", id: "step-1/1#1")
    #expect(result.exitStatus == 3)
    #expect(String(decoding: result.outputTail, as: UTF8.self) == "hello\nthere\n")
    #expect(result.outputBytes == 12)
    #expect(!result.endedShell && !result.timedOut)
    #expect(result.backgroundProcesses.isEmpty)
    let records = try session.folder.records()
    #expect(records.map(\.kind) == [.hostStarted, .started, .ended])
    #expect(records.last?.exitStatus == 3)
    #expect(records.last?.statement == "step-1/1#1")
    await session.end()
  }

  @Test func carriesStateOver() async throws {
    let session = try await Session.start()
    try await session.run("mkdir sub && cd sub && export A='x y' && b=(1 'two words' 3) && f() { echo \"f:$1\"; }")
    try await session.run("shopt -s extglob; set -o pipefail; alias ll='ls -l'; umask 027")
    #expect(try await session.output("pwd") == session.work + "/sub\n")
    #expect(try await session.output("f \"$A\"; echo \"${b[1]}\"; sh -c 'echo $A'") == "f:x y\ntwo words\nx y\n")
    #expect(try await session.output("shopt extglob; umask; alias ll; set -o | grep pipefail").contains("on"))
    try await session.run("(exit 7)")
    #expect(try await session.output("echo $?") == "7\n")
    let state = try await session.client.state()
    #expect(state.directory == session.work + "/sub")
    #expect(state.variables["A"] == "x y")
    #expect(state.variables["BACKOUT_STATEMENT"] == nil)
    await session.end()
  }

  @Test func stepsThatEndTheShell() async throws {
    let session = try await Session.start()
    try await session.run("export KEPT=1; cd /; g() { echo g; }")
    let exit = try await session.run("NEW=2; exit 3")
    #expect(exit.exitStatus == 3)
    #expect(exit.endedShell)
    #expect(exit.stateKept)
    #expect(try await session.output("echo $KEPT $NEW; pwd; g; echo $$ >/dev/null") == "1 2\n/\ng\n")
    let errexit = try await session.run("set -e; Z=9; false; echo not reached")
    #expect(errexit.exitStatus == 1)
    #expect(errexit.outputBytes == 0)
    #expect(try await session.output("set +e; echo $Z $KEPT") == "9 1\n")
    let exec = try await session.run("exec sh -c 'echo from exec; exit 5'")
    #expect(exec.exitStatus == 5)
    #expect(exec.endedShell)
    #expect(!exec.stateKept)
    #expect(try await session.output("echo $KEPT") == "1\n")
    let killed = try await session.run("kill -KILL $$")
    #expect(killed.exitStatus == 137)
    #expect(killed.signal == 9)
    let unset = try await session.run("set -u; echo $NOT_SET; echo not reached")
    #expect(unset.exitStatus != 0)
    #expect(!String(decoding: unset.outputTail, as: UTF8.self).contains("not reached"))
    #expect(try await session.output("set +u; echo $KEPT") == "1\n")
    await session.end()
  }

  @Test func attachesAgain() async throws {
    let session = try await Session.start()
    let task = Task { try await session.run("sleep 0.5; echo done", id: "long#1") }
    #expect(
      try await eventually {
        if case .running = try await session.client.status(of: "long#1") { return true } else { return false }
      })
    #expect(try await session.client.status(of: "other") == .notStarted)
    let result = try await task.value
    #expect(result.exitStatus == 0)
    #expect(try await session.client.status(of: "long#1") == .ended(result))
    #expect(try await session.client.wait(for: "long#1") == result)
    await #expect(throws: SessionError.alreadyStarted("long#1")) { try await session.run("true", id: "long#1") }
    await session.end()
    #expect(try await SessionHostClient.attach(to: session.folder) == nil)
  }
}
