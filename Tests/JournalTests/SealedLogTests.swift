import Foundation
import Runbook
import Testing

@testable import Journal

@Suite struct SealedLogTests {
  private func key(_ byte: UInt8 = 7) throws -> SealingKey {
    try #require(SealingKey(bytes: [UInt8](repeating: byte, count: 32)))
  }
  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
  private func put(_ data: Data, _ path: String) throws { try data.write(to: URL(fileURLWithPath: path)) }
  private func read(_ path: String) throws -> (data: Data, ending: SealedLog.Ending) {
    try SealedLog.read(path, key: key(), context: "c")
  }

  /// Two segments of two chunks each.
  private func log(_ path: String, isFinished: Bool = false) throws {
    let first = try SealedLogWriter(path: path, key: key(), context: "c")
    try first.append(Data("one ".utf8))
    try first.append(Data("two ".utf8), isDurable: true)
    let second = try SealedLogWriter(path: path, key: key(), context: "c")
    try second.append(Data("three ".utf8))
    try second.append(Data("four".utf8))
    if isFinished { try second.finish() }
  }

  @Test func growsOverSeveralOpenings() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    try log(path)
    #expect(permissions(of: path) == 0o600)
    #expect(try read(path) == (Data("one two three four".utf8), .open))
    let big = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0) })
    let writer = try SealedLogWriter(path: path, key: key(), context: "c")
    try writer.append(big)
    try writer.append(Data())
    try writer.finish()
    try writer.finish()
    let result = try read(path)
    #expect(result.ending == .finished)
    #expect(result.data == Data("one two three four".utf8) + big)
    #expect(throws: SealedFileError.self) { try writer.append(Data("more".utf8)) }
    #expect(throws: SealedFileError.self) { try SealedLogWriter(path: path, key: key(), context: "c") }
    #expect(try read(path).ending == .finished)
  }

  @Test func everyCutLeavesWhatIsWhole() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    try log(path)
    let whole = try bytes(path)
    let text = Data("one two three four".utf8)
    var lengths: Set<Int> = []
    for count in SealedLog.headBytes..<whole.count {
      try put(whole.prefix(count), path)
      let result = try read(path)
      #expect(result.ending == .open || result.ending == .torn, "\(count)")
      #expect(text.starts(with: result.data))
      lengths.insert(result.data.count)
      // The next process goes on behind it.
      let writer = try SealedLogWriter(path: path, key: key(), context: "c")
      try writer.append(Data("!".utf8))
      #expect(try read(path) == (result.data + Data("!".utf8), .open))
    }
    #expect(lengths == [0, 4, 8, 14])
    // A head that is not whole.
    for count in [0, 3, SealedLog.headBytes - 1] {
      try put(whole.prefix(count), path)
      try SealedLogWriter(path: path, key: key(), context: "c").append(Data("!".utf8))
      #expect(try read(path).data == Data("!".utf8))
    }
  }

  @Test func emptyRoomAtTheEndIsTorn() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    try log(path)
    try put(bytes(path) + Data(count: 5_000), path)
    #expect(try read(path) == (Data("one two three four".utf8), .torn))
    try SealedLogWriter(path: path, key: key(), context: "c").append(Data("!".utf8))
    #expect(try read(path) == (Data("one two three four!".utf8), .open))
  }

  @Test func everyFlippedByteIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    try log(path, isFinished: true)
    let whole = try bytes(path)
    for offset in whole.indices {
      var changed = whole
      changed[offset] ^= 0x01
      try put(changed, path)
      guard let result = try? read(path) else { continue }
      #expect(result.ending != .finished, "byte \(offset)")
      #expect(Data("one two three four".utf8).starts(with: result.data), "byte \(offset)")
    }
  }

  @Test func changedInTheMiddleIsNeverCutOff() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    try log(path)
    var changed = try bytes(path)
    changed[SealedLog.headBytes + 4 + SecretStream.headerBytes + 4 + 6] ^= 1
    try put(changed, path)
    #expect(try read(path).ending == .changed)
    #expect(throws: SealedFileError.self) { try SealedLogWriter(path: path, key: key(), context: "c") }
    #expect(try bytes(path) == changed)
  }

  @Test func segmentsCannotBeLeftOutOrRepeated() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    let first = try SealedLogWriter(path: path, key: key(), context: "c")
    try first.append(Data("one ".utf8))
    let end = try bytes(path).count
    try SealedLogWriter(path: path, key: key(), context: "c").append(Data("two ".utf8))
    let whole = try bytes(path)
    let head = whole.prefix(SealedLog.headBytes)
    let segments = [whole[SealedLog.headBytes..<end], whole[end...]]
    try put(head + segments[1] + segments[0], path)
    #expect(try read(path).data.isEmpty)
    try put(head + segments[0] + segments[0] + segments[1], path)
    #expect(try read(path) == (Data("one ".utf8), .changed))
  }

  @Test func anotherKeyOrPlaceDoesNotOpen() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("l")
    try log(path)
    let whole = try bytes(path)
    #expect(throws: SealedFileError.wrongKey(path: path)) { try SealedLog.read(path, key: key(8), context: "c") }
    #expect(throws: SealedFileError.wrongKey(path: path)) {
      try SealedLogWriter(path: path, key: key(8), context: "c")
    }
    #expect(try SealedLog.read(path, key: key(), context: "d").data.isEmpty)
    #expect(throws: SealedFileError.self) { try SealedLogWriter(path: path, key: key(), context: "d") }
    #expect(try bytes(path) == whole)
  }
}
