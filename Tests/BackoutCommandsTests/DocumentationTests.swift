import ArgumentParser
import Foundation
import Planning
import Runbook
import RunbookLint
import Testing

@testable import BackoutCommands

/// What the documents say of the program is what the program is.
@Suite struct DocumentationTests {
  private static func text(_ path: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The first cells of the table's rows, below its head.
  private static func firstCells(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("|") }.dropFirst(2).compactMap { row in
      row.split(separator: "|").first.map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  @Test func exitCodesAreListedExactly() throws {
    let listed = Self.firstCells(try Self.text("docs/exit-codes.md")).compactMap(Int32.init)
    #expect(listed == ExitStatus.allCases.map(\.rawValue).sorted())
  }

  /// `backout lint --rules --markdown > docs/lint/rules.md`
  @Test func theRulesPageIsCurrent() throws {
    #expect(try Self.text("docs/lint/rules.md") == RulesPage.text())
  }

  /// `backout plan --problems --markdown > docs/problems.md`
  @Test func theProblemsPageIsCurrent() throws {
    #expect(try Self.text("docs/problems.md") == ProblemsPage.text())
  }

  /// The table of planted faults says no code and no severity that the list does not have.
  @Test func theFaultsAreKnownProblems() throws {
    let cells = try Self.text("docs/faults.md").split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst(2)
      .compactMap { row -> Substring? in
        let cells = row.split(separator: "|")
        return cells.count > 1 ? cells[1] : nil
      }
    #expect(cells.count > 20)
    for found in cells.flatMap({ $0.matches(of: /((?:`[a-z-]+`(?:, )?)+) ([a-z, ]+)/) }) {
      let severities = found.output.2.split(separator: ",").compactMap {
        Problem.Severity(rawValue: $0.trimmingCharacters(in: .whitespaces))
      }
      for code in found.output.1.matches(of: /`([a-z-]+)`/).map({ String($0.output.1) }) {
        let known = try #require(KnownProblems.find(code), "\(code)")
        #expect(severities.allSatisfy { known.occurrences.map(\.severity).contains($0) }, "\(code): \(severities)")
      }
    }
  }

  static let verbs: [String] = {
    // A plain loop: Swift 6.3 crashes on the same as a closure over metatypes.
    var names: [String] = []
    for verb in BackoutCommand.configuration.subcommands {
      let name = verb.configuration.commandName ?? ""
      var below: [String] = []
      for inner in verb.configuration.subcommands { below.append("\(name) \(inner.configuration.commandName ?? "")") }
      names += below.isEmpty ? [name] : below
    }
    return names
  }()

  @Test(arguments: verbs) func everyVerbIsInTheReadme(_ verb: String) throws {
    #expect(try Self.text("README.md").contains("`\(verb)"))
  }

  @Test(arguments: verbs) func everyVerbHasItsJSONDescribed(_ verb: String) throws {
    #expect(try Self.text("docs/json.md").contains("`\(verb) --json`"))
  }

  @Test(arguments: [
    "README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/install.md", "docs/faults.md",
    "docs/layers/README.md",
  ])
  func linksLeadSomewhere(_ path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    let parts = try Self.text(path).components(separatedBy: "](").dropFirst()
    for part in parts {
      let target = String(part.prefix { $0 != ")" && $0 != "#" })
      // script/pictures makes the pictures.
      guard !target.isEmpty, !target.contains("://"), !target.hasSuffix(".svg") else { continue }
      let file = folder.isEmpty ? target : "\(folder)/\(target)"
      #expect((try? Self.exists(file)) == true, "\(path) links to \(target), which is not there")
    }
  }

  @Test func thePackagesLinksLeadSomewhere() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = FileManager.default.temporaryDirectory.appending(path: "backout-docs-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let script = Process()
    script.executableURL = root.appending(path: "script/package-docs")
    script.arguments = [folder.path]
    try script.run()
    script.waitUntilExit()
    try #require(script.terminationStatus == 0)
    for page in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where page.hasSuffix(".md") {
      let file = folder.appending(path: page)
      for part in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "](").dropFirst() {
        let target = String(part.prefix { $0 != ")" && $0 != "#" && !$0.isWhitespace })
        guard !target.isEmpty, !target.contains("://"), !target.hasSuffix(".svg") else { continue }
        let path = file.deletingLastPathComponent().appending(path: target).standardizedFileURL.path
        #expect(FileManager.default.fileExists(atPath: path), "\(page) links to \(target), which is not shipped")
      }
    }
    for page in ["docs/lint/rules.md", "docs/problems.md"] {
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: page).path))
    }
  }

  private static func exists(_ path: String) throws -> Bool {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return FileManager.default.fileExists(atPath: root.appending(path: path).standardizedFileURL.path)
  }
}
