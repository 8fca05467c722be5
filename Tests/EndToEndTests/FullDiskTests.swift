import Foundation
import Testing

#if os(Linux)
  /// A small file system of its own, in memory; only root can have one.
  final class SmallDisk: Sendable {
    let path: String

    init?(kilobytes: Int) throws {
      path = NSTemporaryDirectory() + "backout-disk-" + UUID().uuidString.prefix(8)
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      guard geteuid() == 0, mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
        print("skipped: a full disk needs the right to mount a small one")
        return nil
      }
    }

    deinit {
      umount2(path, Int32(MNT_DETACH))
      try? FileManager.default.removeItem(atPath: path)
    }

    func fill(leaving bytes: Int = 0) {
      let ballast = open(path + "/ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      defer { close(ballast) }
      let part = [UInt8](repeating: 1, count: 4096)
      while write(ballast, part, part.count) > 0 {}
      let size = lseek(ballast, 0, SEEK_END)
      ftruncate(ballast, max(0, size - off_t(bytes)))
    }

    func empty() { unlink(path + "/ballast") }
  }

  @Suite struct FullDiskTests {
    @Test func underTheJournal() async throws {
      guard let disk = try SmallDisk(kilobytes: 8_000) else { return }
      let scene = try await Scene(
        runbook: Scene.runbook(
          "# Wait\nwhile [ ! -e go ]; do sleep 0.05; done && echo one >> a.txt\n\n# More\necho two >> a.txt"),
        home: disk.path + "/home")
      try await scene.confirm()
      let running = try scene.begin(["run", "ROLLBACK.md", "-y", "--non-interactive", "--events"])
      #expect(try await eventually { running.out.contains("\"kind\":\"acting\"") })
      disk.fill()
      try scene.write("go", "")
      let ran = await running.end()
      #expect(ran.status == 5 && ran.err.contains("backout resume"), "\(ran.status) \(ran.err)")
      #expect(
        ran.err.contains("cannot be written") || ran.err.contains("room") || ran.err.contains("space"), "\(ran.err)")
      disk.empty()
      let resumed = try await scene.backout("resume", "--non-interactive")
      if resumed.status != 0 {
        // The host's own record did not fit either: a person decides, nothing is done twice.
        #expect(resumed.status == 5 || resumed.status == 1, "\(resumed.all)")
        let done = scene.read("a.txt") == "one\n"
        #expect(
          try await scene.backout("answer", "step-1/1", done ? "done" : "retry", "--reason", "looked").status == 0)
        let again = try await scene.backout("resume", "--non-interactive")
        #expect(again.status == 0, "\(again.all)")
      }
      #expect(scene.read("a.txt") == "one\ntwo\n")
      #expect(try await scene.backout("journal", "verify").status == 0)
    }

    @Test func underTheBeforeImages() async throws {
      guard let disk = try SmallDisk(kilobytes: 8_000) else { return }
      let scene = try await Scene(
        runbook: Scene.runbook("# Wait\nwhile [ ! -e go ]; do sleep 0.05; done\n\n# Remove\nrm big.bin"),
        home: disk.path + "/home")
      try await scene.shell("head -c 3000000 /dev/urandom > big.bin; git add -A; git commit -qm big")
      let digest = try await scene.shell("sha256sum big.bin").out
      try await scene.confirm()
      let running = try scene.begin(["run", "ROLLBACK.md", "-y", "--non-interactive", "--events"])
      #expect(try await eventually { running.out.contains("\"kind\":\"acting\"") })
      disk.fill(leaving: 1_500_000)
      try scene.write("go", "")
      let ran = await running.end()
      #expect(ran.status == 1 || ran.status == 3, "\(ran.status) \(ran.all)")
      let text = try await scene.backout("status").out
      #expect(text.contains("could not keep what it would destroy, so nothing was changed"), "\(text)")
      #expect(try await scene.shell("sha256sum big.bin").out == digest)
      disk.empty()
      #expect(try await scene.backout("answer", "step-1/2", "retry").status == 0)
      let resumed = try await scene.backout("resume", "--non-interactive")
      #expect(resumed.status == 0 && !scene.exists("big.bin"), "\(resumed.all)")
      let undo = try await scene.backout("undo", "-y")
      #expect(undo.status == 0, "\(undo.all)")
      #expect(try await scene.shell("sha256sum big.bin").out == digest)
    }

    @Test func tooSmallFromTheStartIsAProblemOfThePlan() async throws {
      guard let disk = try SmallDisk(kilobytes: 4_000) else { return }
      let scene = try await Scene(runbook: Scene.runbook("rm big.bin"), home: disk.path + "/home")
      try await scene.shell("head -c 8000000 /dev/urandom > big.bin; mkdir $BACKOUT_HOME")
      try await scene.confirm()
      let ran = try await scene.run()
      #expect(ran.status == 3 && ran.all.contains("disk"), "\(ran.all)")
      #expect(scene.exists("big.bin"))
    }
  }
#endif
