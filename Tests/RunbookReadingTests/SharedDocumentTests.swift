import Foundation
import Runbook
import Testing

@testable import RunbookReading

@Suite struct SharedDocumentTests {
  private func text(_ url: URL) throws -> String { String(decoding: try Data(contentsOf: url), as: UTF8.self) }

  @Test(.enabled(if: SharedDocuments.folder != nil, "the shared documents are not beside the package"))
  func everythingOfTheSeedsStandsInTheReadingOnce() throws {
    for url in SharedDocuments.seeds {
      let text = try text(url)
      let coverage = Coverage(document: text, book: try RunbookReader().read(text, named: url.lastPathComponent))
      #expect(coverage.missing == [], "\(url.lastPathComponent)")
      #expect(coverage.doubled == [], "\(url.lastPathComponent)")
    }
  }

  @Test(.enabled(if: SharedDocuments.folder != nil, "the shared documents are not beside the package"))
  func nothingOfTheCorpusIsDropped() throws {
    var lost = 0
    for url in SharedDocuments.corpus {
      let text = try text(url)
      let book = try RunbookReader().read(text, named: url.lastPathComponent)
      let coverage = Coverage(document: text, book: book)
      lost += coverage.missing.count
      if !coverage.missing.isEmpty { print(url.lastPathComponent, "missing", coverage.missing.prefix(5)) }
      if !coverage.doubled.isEmpty { print(url.lastPathComponent, "doubled", coverage.doubled.prefix(3)) }
      for procedure in book.procedures {
        let ids = procedure.stages.flatMap(\.steps).map(\.id)
        #expect(Set(ids).count == ids.count, "\(url.lastPathComponent) \(procedure.id)")
      }
      #expect(Set(book.procedures.map(\.id)).count == book.procedures.count)
    }
    #expect(lost == 0)
  }

  @Test(.enabled(if: SharedDocuments.folder != nil, "the shared documents are not beside the package"))
  func everyReadingGoesThroughYAMLUnchanged() throws {
    let clock = ContinuousClock()
    var reading = Duration.zero
    for url in SharedDocuments.seeds + SharedDocuments.corpus {
      let text = try text(url)
      let start = clock.now
      let book = try RunbookReader().read(text, named: url.lastPathComponent)
      reading += clock.now - start
      let yaml = try YAMLRunbook.text(of: book)
      let again = try YAMLRunbook.runbook(from: yaml, named: "runbook.yaml")
      #expect(again == book, "\(url.lastPathComponent)")
      #expect(again.digest == book.digest)
    }
    print("read \(SharedDocuments.seeds.count + SharedDocuments.corpus.count) documents in \(reading)")
  }

  @Test(.enabled(if: SharedDocuments.folder != nil, "the shared documents are not beside the package"))
  func templatesOfTheSeedsAreBindings() throws {
    for url in SharedDocuments.seeds {
      let book = try RunbookReader().read(try text(url), named: "ROLLBACK.md")
      let template = BindingsTemplate(book)
      let bindings = try BindingsReader.read(template.text(service: "agy-backend"))
      #expect(bindings.service == "agy-backend")
      #expect(bindings.runbooks.keys.contains("ROLLBACK.md"))
      // Every line taken from its comment is YAML that the reader knows.
      let holes = Set(book.placeholders.filter(\.required).map(\.name))
      let missing = template.missing(bindings)
      for hole in holes { #expect(missing.contains { $0.contains(hole) }) }
    }
  }
}
