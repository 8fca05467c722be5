import Foundation
import Runbook
import Testing

@testable import Journal

@Suite struct SealedFileTests {
  private func key(_ byte: UInt8 = 7) throws -> SealingKey {
    try #require(SealingKey(bytes: [UInt8](repeating: byte, count: 32)))
  }

  private func plain(_ count: Int) -> Data { Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }) }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) func comesBackWhole(_ count: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let data = plain(count)
    let writer = try SealedFileWriter(path: path, key: key(), context: "c")
    for start in stride(from: 0, to: count, by: 10_007) { try writer.append(data[start..<min(start + 10_007, count)]) }
    #expect(try folder.names() == ["f.partial"])
    let result = try writer.finish()
    #expect(result.digest == Digest(of: data))
    #expect(result.bytes == count)
    #expect(try folder.names() == ["f"])
    #expect(permissions(of: path) == 0o600)
    #expect(try SealedFile.read(path, key: key(), context: "c") == data)
    let sealed = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(sealed.count == SealedFile.sealedBytes(of: count))
    if count > 100 { #expect(sealed.range(of: data.prefix(32)) == nil) }
  }

  @Test func everyFlippedRegionIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try SealedFile.write(plain(70_000), to: path, key: key(), context: "c")
    let sealed = try Data(contentsOf: URL(fileURLWithPath: path))
    // Each byte of the head, the first chunk's ends, the last chunk's ends, and some between.
    var offsets = Array(0..<80) + Array(sealed.count - 40..<sealed.count)
    offsets += stride(from: 80, to: sealed.count, by: 4_099)
    offsets += [SealedFile.headBytes + 65_552, SealedFile.headBytes + 65_553, SealedFile.headBytes + 65_554]
    for offset in offsets {
      var changed = sealed
      changed[offset] ^= 0x20
      try changed.write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SealedFileError.self) { try SealedFile.read(path, key: key(), context: "c") }
      guard case .changed(path, _) = error else {
        Issue.record("byte \(offset): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func everyCutIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try SealedFile.write(plain(131_072), to: path, key: key(), context: "c")
    let sealed = try Data(contentsOf: URL(fileURLWithPath: path))
    let chunk = SealedFile.chunkBytes + SecretStream.overhead
    let head = SealedFile.headBytes
    for count in [
      0, 5, 8, 30, head - 1, head, head + 1, head + chunk - 1, head + chunk, head + chunk + 9, head + 2 * chunk,
      sealed.count - 1,
    ] {
      try sealed.prefix(count).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: SealedFileError.self) { try SealedFile.read(path, key: key(), context: "c") }
      guard case .changed = error else {
        Issue.record("\(count) bytes: \(String(describing: error))")
        continue
      }
    }
    for added in [Data([0]), sealed] {
      try (sealed + added).write(to: URL(fileURLWithPath: path))
      #expect(throws: SealedFileError.self) { try SealedFile.read(path, key: key(), context: "c") }
    }
    // Chunks exchanged.
    let first = sealed[head..<head + chunk]
    let second = sealed[head + chunk..<head + 2 * chunk]
    try (sealed.prefix(head) + second + first + sealed.suffix(from: head + 2 * chunk))
      .write(to: URL(fileURLWithPath: path))
    #expect(throws: SealedFileError.self) { try SealedFile.read(path, key: key(), context: "c") }
    try sealed.write(to: URL(fileURLWithPath: path))
    #expect(try SealedFile.read(path, key: key(), context: "c").count == 131_072)
  }

  @Test func anotherKeyAndAnotherPlaceAreNoticed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try SealedFile.write(plain(10), to: path, key: key(), context: "step-1 a")
    #expect(throws: SealedFileError.wrongKey(path: path)) {
      try SealedFile.read(path, key: key(8), context: "step-1 a")
    }
    let error = #expect(throws: SealedFileError.self) { try SealedFile.read(path, key: key(), context: "step-1 b") }
    guard case .changed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let missing = folder.file("none")
    #expect(throws: SealedFileError.missing(path: missing)) { try SealedFile.read(missing, key: key(), context: "") }
  }

  @Test func unfinishedLeavesNothingAndKeepsWhatWasThere() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try SealedFile.write(plain(10), to: path, key: key(), context: "c")
    var writer: SealedFileWriter? = try SealedFileWriter(path: path, key: key(), context: "c")
    try writer?.append(plain(100_000))
    writer?.cancel()
    #expect(try folder.names() == ["f"])
    #expect(throws: SealedFileError.self) { try writer?.append(plain(100_000)) }
    writer = try SealedFileWriter(path: path, key: key(), context: "c")
    writer = nil
    #expect(try folder.names() == ["f"])
    #expect(try SealedFile.read(path, key: key(), context: "c") == plain(10))
    // What a crash left is no hindrance.
    try Data("half".utf8).write(to: URL(fileURLWithPath: path + ".partial"))
    try SealedFile.write(plain(20), to: path, key: key(), context: "c")
    #expect(try folder.names() == ["f"])
    #expect(try SealedFile.read(path, key: key(), context: "c") == plain(20))
  }

  @Test func equalBytesSealDifferently() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try SealedFile.write(plain(100), to: folder.file(name), key: key(), context: "c") }
    let files = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: folder.file($0))) }
    #expect(files[0].suffix(117) != files[1].suffix(117))
  }
}
