import Foundation
import Runbook
import Testing

@testable import Journal

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

#if os(Linux)
  /// A small file system of its own, in memory; only root can have one.
  private final class SmallDisk {
    let folder: TemporaryFolder
    var path: String { folder.path }

    init?(kilobytes: Int) throws {
      folder = try TemporaryFolder()
      guard geteuid() == 0, mount("tmpfs", folder.path, "tmpfs", 0, "size=\(kilobytes)k,nr_inodes=200") == 0 else {
        return nil
      }
    }

    deinit { umount2(folder.path, Int32(MNT_DETACH)) }

    func fill(leaving bytes: Int = 0) throws {
      let ballast = open(path + "/ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      defer { close(ballast) }
      let part = [UInt8](repeating: 1, count: 4096)
      while write(ballast, part, part.count) > 0 {}
      let size = lseek(ballast, 0, SEEK_END)
      ftruncate(ballast, max(0, size - off_t(bytes)))
    }

    func empty() { unlink(path + "/ballast") }
  }

  @Suite struct NoRoomTests {
    private func disk(_ kilobytes: Int) throws -> SmallDisk? {
      let disk = try SmallDisk(kilobytes: kilobytes)
      if disk == nil { print("skipped: a full disk needs the right to mount a small one") }
      return disk
    }

    @Test func aFullDiskRefusesTheAppendAndKeepsTheJournalWhole() async throws {
      guard let disk = try disk(2_000) else { return }
      let path = disk.path + "/journal.sqlite"
      let journal = try SQLiteJournal.open(at: path, clock: FixedInstants())
      try await journal.append([entry("a")], to: sampleRun, summary: sampleSummary(), consuming: [])
      try await journal.send(Message(kind: .pause, sender: "ana"), to: sampleRun)
      try disk.fill()
      let big = Entry(kind: "big", body: .string(String(repeating: "x", count: 300_000)))
      let error = await #expect(throws: JournalError.self) {
        try await journal.append(
          [entry("b"), big], to: sampleRun, summary: sampleSummary(isFinished: true), consuming: [1])
      }
      guard case .notWritable(path, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(try await journal.events(of: sampleRun, after: 0).count == 1)
      #expect(try await journal.inbox(of: sampleRun).count == 1)
      #expect(try await journal.summary(of: sampleRun)?.isFinished == false)
      // With room again, the same journal goes on.
      disk.empty()
      #expect(try await journal.append([entry("b"), big], to: sampleRun).map(\.sequence) == [2, 3])
      #expect(try await journal.verify(sampleRun).firstBroken == nil)
      let reopened = try SQLiteJournal.open(at: path, clock: FixedInstants())
      #expect(try await reopened.verify(sampleRun).events == 3)
    }

    @Test func aFullDiskRefusesANewJournal() throws {
      guard let disk = try disk(200) else { return }
      try disk.fill()
      let error = #expect(throws: JournalError.self) {
        try SQLiteJournal.open(at: disk.path + "/journal.sqlite", clock: FixedInstants())
      }
      guard case .notWritable = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      disk.empty()
      _ = try SQLiteJournal.open(at: disk.path + "/journal.sqlite", clock: FixedInstants())
    }

    @Test func aSealedFileWithoutRoomLeavesNothing() throws {
      guard let disk = try disk(1_000) else { return }
      let key = try SealingKey.random()
      let path = disk.path + "/f"
      let writer = try SealedFileWriter(path: path, key: key, context: "c")
      let error = #expect(throws: SealedFileError.self) {
        for _ in 0..<40 { try writer.append(Data(count: 60_000)) }
        _ = try writer.finish()
      }
      guard case .noRoom(path, let needed) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect((needed ?? 0) > 900_000)
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
      try SealedFile.write(Data(count: 500_000), to: path, key: key, context: "c")
      #expect(try SealedFile.read(path, key: key, context: "c").count == 500_000)
    }

    @Test func aSealedLogWithoutRoomStaysAsItWas() throws {
      guard let disk = try disk(1_000) else { return }
      let key = try SealingKey.random()
      let path = disk.path + "/l"
      let log = try SealedLogWriter(path: path, key: key, context: "c")
      try log.append(Data("one ".utf8))
      #expect(throws: SealedFileError.self) { try log.append(Data(count: 1_048_000)) }
      #expect(try SealedLog.read(path, key: key, context: "c") == (Data("one ".utf8), .open))
      try log.append(Data("two".utf8))
      try log.finish()
      #expect(try SealedLog.read(path, key: key, context: "c") == (Data("one two".utf8), .finished))
    }
  }
#endif
