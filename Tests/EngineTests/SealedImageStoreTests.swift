import Foundation
import Journal
import Layer
import Runbook
import Testing

@testable import Engine

@Suite struct SealedImageStoreTests {
  private final class World: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/backout-images-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: path) }
    var folder: String { path + "/runs/01JD/images/step-6%2F4" }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  private func store(_ world: World, step: String = "step-6/4", key: UInt8 = 7) throws -> SealedImageStore {
    SealedImageStore(
      home: HomeFolder(path: world.path), run: RunIdentifier(text: "01JD"), step: step,
      key: try #require(SealingKey(bytes: [UInt8](repeating: key, count: 32))))
  }

  private func isChanged(_ error: SealedFileError?) -> Bool { if case .changed = error { true } else { false } }

  @Test func keepsOnceAndReadsBack() async throws {
    let world = World()
    let store = try store(world)
    #expect(try await store.kept("rows/dev.calls") == nil)
    let data = Data((0..<150_000).map { UInt8(truncatingIfNeeded: $0) })
    let reference = try await store.save("rows/dev.calls", data: data)
    #expect(reference == BlobReference(name: "rows/dev.calls", digest: Digest(of: data), bytes: data.count))
    #expect(try world.names() == ["rows%2Fdev.calls.image", "rows%2Fdev.calls.kept"])
    #expect(try await store.kept("rows/dev.calls") == reference)
    #expect(try await store.save("rows/dev.calls", data: Data("newer".utf8)) == reference)
    #expect(try await store.load(reference) == data)
    #expect(try await store.save("empty", data: Data()).bytes == 0)
    let mode = try FileManager.default.attributesOfItem(atPath: world.folder)[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  @Test func whatFailsLeavesNothing() async throws {
    struct Broken: Error {}
    let world = World()
    let store = try store(world)
    var chunks = 0
    await #expect(throws: Broken.self) {
      _ = try await store.save("rows") {
        chunks += 1
        if chunks > 3 { throw Broken() }
        return Data(count: 100_000)
      }
    }
    #expect(try world.names().isEmpty)
    #expect(try await store.kept("rows") == nil)
  }

  @Test func aBlobWithoutItsRecordIsKeptAgain() async throws {
    let world = World()
    let store = try store(world)
    _ = try await store.save("rows", data: Data("old".utf8))
    try FileManager.default.removeItem(atPath: world.folder + "/rows.kept")
    #expect(try await store.kept("rows") == nil)
    let reference = try await store.save("rows", data: Data("again".utf8))
    #expect(try await store.load(reference) == Data("again".utf8))
  }

  @Test func aRecordWithoutItsBlobIsAnErrorAndNotKeptAgain() async throws {
    let world = World()
    let store = try store(world)
    _ = try await store.save("rows", data: Data("old".utf8))
    let blob = world.folder + "/rows.image"
    try Data("cut".utf8).write(to: URL(fileURLWithPath: blob))
    #expect(isChanged(await #expect(throws: SealedFileError.self) { try await store.kept("rows") }))
    try FileManager.default.removeItem(atPath: blob)
    await #expect(throws: SealedFileError.missing(path: blob)) { try await store.save("rows", data: Data("new".utf8)) }
  }

  @Test func changedExchangedAndForeignBlobsDoNotOpen() async throws {
    let world = World()
    let store = try store(world)
    let first = try await store.save("a", data: Data("first".utf8))
    let second = try await store.save("b", data: Data("other".utf8))
    let paths = ["a", "b"].map { URL(fileURLWithPath: "\(world.folder)/\($0).image") }
    let bytes = try paths.map { try Data(contentsOf: $0) }
    try bytes[1].write(to: paths[0])
    #expect(isChanged(await #expect(throws: SealedFileError.self) { _ = try await store.load(first) }))
    var flipped = bytes[0]
    flipped[flipped.count - 1] ^= 1
    try flipped.write(to: paths[0])
    #expect(isChanged(await #expect(throws: SealedFileError.self) { _ = try await store.load(first) }))
    // A blob of this name, but not the one that the journal names.
    var wrong = second
    wrong.digest = first.digest
    #expect(isChanged(await #expect(throws: SealedFileError.self) { _ = try await store.load(wrong) }))
    let foreign = try self.store(world, step: "step-6/4", key: 8)
    await #expect(throws: SealedFileError.wrongKey(path: paths[1].path)) { _ = try await foreign.load(second) }
    // Another step's folder in this one's place.
    let elsewhere = SealedImageStore(
      folder: world.folder, label: "01JD/step-7/1",
      key: try #require(SealingKey(bytes: [UInt8](repeating: 7, count: 32))))
    #expect(isChanged(await #expect(throws: SealedFileError.self) { _ = try await elsewhere.kept("b") }))
  }
}
