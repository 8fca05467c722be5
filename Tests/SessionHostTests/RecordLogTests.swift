import Foundation
import Journal
import Testing

@testable import SessionHost

@Suite struct RecordLogTests {
  private let record = SessionRecord(
    kind: .started, instant: Instant(wall: 1, monotonic: 2, boot: "b"), statement: "step-1/1#1")

  /// What a crash leaves after the last record: a line that is cut off, or room that reads as zeros.
  @Test(arguments: ["", "{\"kind\":\"en", "\n\n\n", "\0\0\0\0", "{\"kind\"\0\0"])
  func aRecordAfterACrashIsALineOfItsOwn(rest: String) throws {
    let path = FileManager.default.temporaryDirectory.path + "/backout-records-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let whole = try JSONEncoder().encode(record)
    try (whole + Data(rest.utf8)).write(to: URL(fileURLWithPath: path))
    let before = try RecordLog.read(path)
    let log = try RecordLog(path: path, faults: .none)
    try log.append(record)
    try log.append(record)
    #expect(try RecordLog.read(path) == before + [record, record])
  }
}
