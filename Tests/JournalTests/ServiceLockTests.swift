import Foundation
import Runbook
import Testing

@testable import Journal

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

@Suite struct ServiceLockTests {
  private func home(_ folder: TemporaryFolder) throws -> HomeFolder {
    let home = HomeFolder(path: folder.file("home"))
    try home.create()
    return home
  }

  @Test func oneHolderAtATime() throws {
    let folder = try TemporaryFolder()
    let home = try home(folder)
    #expect(ServiceLock.holder(of: "svc", in: home) == nil)
    var lock: ServiceLock? = try ServiceLock.acquire(service: "svc", run: sampleRun, in: home)
    #expect(throws: ServiceLockError.held(service: "svc", byProcess: getpid(), run: sampleRun)) {
      try ServiceLock.acquire(service: "svc", in: home)
    }
    #expect(ServiceLock.holder(of: "svc", in: home) == ServiceLock.Holder(process: getpid(), run: sampleRun))
    _ = try ServiceLock.acquire(service: "another/svc", in: home)
    let other = RunIdentifier(text: "01JE")
    lock?.note(run: other)
    #expect(ServiceLock.holder(of: "svc", in: home)?.run == other)
    lock = nil
    #expect(ServiceLock.holder(of: "svc", in: home) == nil)
    let second = try ServiceLock.acquire(service: "svc", in: home)
    #expect(ServiceLock.holder(of: "svc", in: home) == ServiceLock.Holder(process: getpid(), run: nil))
    second.release()
    second.release()
    _ = try ServiceLock.acquire(service: "svc", in: home)
  }

  @Test func childrenDoNotInheritIt() throws {
    let folder = try TemporaryFolder()
    let home = try home(folder)
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sleep")
    child.arguments = ["30"]
    do {
      let lock = try ServiceLock.acquire(service: "svc", in: home)
      try child.run()
      withExtendedLifetime(lock) {}
    }
    defer {
      kill(child.processIdentifier, SIGKILL)
      child.waitUntilExit()
    }
    // Between its fork and its exec the child still has the descriptor.
    var lock: ServiceLock?
    for _ in 0..<100 where lock == nil {
      lock = try? ServiceLock.acquire(service: "svc", in: home)
      if lock == nil { usleep(20_000) }
    }
    #expect(lock != nil)
    #expect(child.isRunning)
  }

  @Test func aHomeThatIsMissingIsAnError() throws {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("none"))
    #expect(throws: ServiceLockError.unusable(path: home.lock(of: "svc"), code: ENOENT)) {
      try ServiceLock.acquire(service: "svc", in: home)
    }
  }
}
