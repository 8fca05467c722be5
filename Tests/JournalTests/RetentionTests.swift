import BackoutTestKit
import Foundation
import Runbook
import Testing

@testable import Journal

@Suite struct RetentionTests {
  private static let day: Int64 = 86_400_000
  private let now = Instant(wall: 1_700_000_000_000, monotonic: 0, boot: "b")

  private struct World {
    var folder: TemporaryFolder
    var home: HomeFolder
    var journal: InMemoryJournal
  }

  private func world() throws -> World {
    let folder = try TemporaryFolder()
    let home = HomeFolder(path: folder.file("home"))
    try home.create()
    return World(folder: folder, home: home, journal: InMemoryJournal())
  }

  private func add(
    _ id: String, to world: World, days: Int64, isFinished: Bool = true, service: String = "svc"
  ) async throws -> RunIdentifier {
    let run = RunIdentifier(text: id)
    let changed = Instant(wall: now.wall - days * Self.day, monotonic: 0, boot: "b")
    try await world.journal.append(
      [entry("a")], to: run, summary: sampleSummary(run, service: service, isFinished: isFinished, changed: changed),
      consuming: [])
    try world.home.createFolders(of: run)
    try Folder.make(world.home.images(of: run, step: "step-1/1"))
    for path in [
      world.home.images(of: run, step: "step-1/1") + "/rows.image", world.home.output(of: run) + "/1",
      world.home.plan(of: run),
    ] { try Data(count: 1000).write(to: URL(fileURLWithPath: path)) }
    return run
  }

  private func isKept(_ run: RunIdentifier, _ world: World) -> Bool {
    FileManager.default.fileExists(atPath: world.home.images(of: run, step: "step-1/1") + "/rows.image")
  }

  @Test func removesWhatOldFinishedRunsKept() async throws {
    let world = try world()
    let old = try await add("01A", to: world, days: 31)
    let young = try await add("01B", to: world, days: 29)
    let retention = Retention(home: world.home, journal: world.journal)
    let trial = try await retention.prune(olderThan: 30, now: now, isTrial: true)
    #expect(isKept(old, world))
    let report = try await retention.prune(olderThan: 30, now: now)
    #expect(report == trial)
    #expect(
      report.removed == [
        Retention.Removed(run: old, service: "svc", parts: ["images", "output", "session"], bytes: 2000)
      ])
    #expect(report.spared.isEmpty)
    #expect(!isKept(old, world))
    #expect(isKept(young, world))
    #expect(try world.folder.names(in: "home/runs/01A") == ["plan.sealed"])
    #expect(try await world.journal.verify(old).events == 1)
    #expect(try await retention.prune(olderThan: 30, now: now).removed.isEmpty)
    #expect(try await retention.prune(olderThan: 0, now: now).removed.map(\.run) == [young])
  }

  @Test func aRunsOwnLongerRetentionHolds() async throws {
    let world = try world()
    let run = try await add("01A", to: world, days: 31)
    let retention = Retention(home: world.home, journal: world.journal)
    #expect(try await retention.prune(olderThan: 30, now: now, own: { _ in 90 }).removed.isEmpty)
    #expect(isKept(run, world))
    #expect(try await retention.prune(olderThan: 30, now: now, own: { _ in 7 }).removed.count == 1)
  }

  @Test func sparesWhatMayStillBeNeeded() async throws {
    let world = try world()
    let unfinished = try await add("01A", to: world, days: 99, isFinished: false, service: "a")
    let undone = try await add("01B", to: world, days: 99, service: "b")
    _ = try await add("01C", to: world, days: 1, isFinished: false, service: "b")
    let running = try await add("01D", to: world, days: 99, service: "d")
    let lock = try ServiceLock.acquire(service: "d", in: world.home)
    let unknown = RunIdentifier(text: "01E")
    try world.home.createFolders(of: unknown)
    let report = try await Retention(home: world.home, journal: world.journal).prune(olderThan: 30, now: now)
    #expect(report.removed.isEmpty)
    #expect(
      report.spared == [
        Retention.Spared(run: unfinished, reason: .unfinished), Retention.Spared(run: undone, reason: .newerUnfinished),
        Retention.Spared(run: running, reason: .running), Retention.Spared(run: unknown, reason: .unknownRun),
      ])
    for run in [unfinished, undone, running] { #expect(isKept(run, world)) }
    lock.release()
    #expect(
      try await Retention(home: world.home, journal: world.journal).prune(olderThan: 30, now: now).removed.map(\.run)
        == [running])
  }

  @Test func goesOnWhereItWasCutShort() async throws {
    let world = try world()
    let run = try await add("01A", to: world, days: 31)
    let images = world.home.images(of: run)
    try FileManager.default.moveItem(atPath: images, toPath: images + ".removed")
    let report = try await Retention(home: world.home, journal: world.journal).prune(olderThan: 30, now: now)
    #expect(report.removed.first?.bytes == 2000)
    #expect(try world.folder.names(in: "home/runs/01A") == ["plan.sealed"])
  }

  @Test func aHomeWithoutRunsIsEmpty() async throws {
    let folder = try TemporaryFolder()
    let retention = Retention(home: HomeFolder(path: folder.file("none")), journal: InMemoryJournal())
    #expect(try await retention.prune(olderThan: 0, now: now) == Retention.Report())
  }
}
