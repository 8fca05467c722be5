import Foundation
import Testing

@testable import RunbookReading

/// Prints readings for a person to compare with the documents: `BACKOUT_PRINT=folder`.
@Test(.enabled(if: ProcessInfo.processInfo.environment["BACKOUT_PRINT"] != nil))
func printReadings() throws {
  let target = URL(fileURLWithPath: try #require(ProcessInfo.processInfo.environment["BACKOUT_PRINT"]))
  try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
  for document in SharedDocuments.seeds + SharedDocuments.corpus {
    let book = try RunbookReader().read(try Data(contentsOf: document), named: document.lastPathComponent)
    try GoldenOutline.of(book).write(
      to: target.appendingPathComponent(document.lastPathComponent + ".golden"), atomically: true, encoding: .utf8)
    try Outline.of(book).write(
      to: target.appendingPathComponent(document.lastPathComponent + ".out"), atomically: true, encoding: .utf8)
  }
}
