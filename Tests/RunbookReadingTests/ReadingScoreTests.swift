import Foundation
import ReadingScore
import Testing

@testable import RunbookReading

/// The reader does not get worse at documents that careful people have labelled; `script/score-reading --misses` says
/// what it gets wrong.
@Suite struct ReadingScoreTests {
  private static let labels = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Labels")

  @Test(.enabled(if: SharedDocuments.folder != nil, "the shared documents are not beside the package"))
  func whatRunsIsReadAsPeopleReadIt() throws {
    var total = ReadingScore()
    var documents = 0
    for url in SharedDocuments.corpus {
      let file = Self.labels.appendingPathComponent(url.deletingPathExtension().lastPathComponent + ".labels")
      guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      let labels = ReadingLabels(text)
      #expect(labels.faults == [], "\(file.lastPathComponent)")
      let document = String(decoding: try Data(contentsOf: url), as: UTF8.self)
      let book = try RunbookReader().read(document, named: "ROLLBACK.md")
      total += ReadingScore(book, labels: labels, document: document)
      documents += 1
    }
    #expect(documents == 40)
    #expect(total.found.value >= 0.97)
    #expect(total.meant.value >= 0.98)
    #expect(total.keptOut.value >= 0.95)
    #expect(total.kind.value >= 0.98)
    #expect(total.role.value >= 0.97)
    #expect(total.procedures.value >= 0.98)
    #expect(total.alternatives.value >= 0.97)
  }
}
