import Foundation
import Testing

/// Some mutants of each document, by script/lib/mutate.py, through every reader: the same ones each time.
/// `BACKOUT_MUTANTS=10` tries ten times as many.
@Suite struct MutationTests {
  @Test func mutantsOfDocumentsAreRead() throws {
    let documents = Corpus.documents
    #expect(!documents.isEmpty)
    // Without shfmt a reading takes a millisecond; with it some hundred in a debug build, so fewer.
    try run(.blocks, on: Corpus.mutants(of: documents, count: 20))
    try run(.markdown, on: Corpus.mutants(of: documents, count: 1))
  }

  @Test func mutantsOfShellAreRead() throws {
    let fences = try Corpus.fences("shell")
    try run(.lexer, on: Corpus.mutants(of: fences, count: 3))
    try run(.shell, on: Corpus.mutants(of: Array(fences.prefix(8)), count: 2))
    try run(.sql, on: Corpus.mutants(of: Corpus.fences("sql"), count: 30))
  }

  @Test func mutantsOfBindingsAreRead() throws {
    try run(.bindings, on: Corpus.mutants(of: Corpus.bindings, count: 60))
    try run(.yaml, on: Corpus.mutants(of: Corpus.bindings, count: 20))
  }

  @Test func damagedFilesGiveWhatIsProvenOrAnError() throws {
    for kind in JournalInvariants.Kind.allCases {
      let seed = try JournalInvariants.seed(kind)
      let file = try Corpus.file(Data(seed.dropFirst()), named: "\(kind)")
      try run(.journal, on: Corpus.mutants(of: [file], count: 15).map { [seed[0]] + $0 })
    }
  }

  private func run(_ reader: ReaderUnderTest, on mutants: [[UInt8]]) throws {
    for mutant in mutants {
      do {
        try reader.check(mutant)
      } catch {
        let name = "\(reader)-\(mutant.count)"
        let file = try Corpus.file(Data(mutant), named: name, kept: true)
        Issue.record("\(reader): \(error): \(file.path)")
      }
    }
  }
}

/// The mutation corpus: the shared documents where they are beside the package, else the package's own.
private enum Corpus {
  static let root: URL = {
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/", !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
      root.deleteLastPathComponent()
    }
    return root
  }()

  static var documents: [URL] {
    let own = ["Examples/call-sid-webhook/ROLLBACK.md", "README.md", "docs/json.md", "docs/journal.md"]
    let seeds = root.deletingLastPathComponent().appendingPathComponent("shared/seeds")
    let shared = (try? FileManager.default.contentsOfDirectory(at: seeds, includingPropertiesForKeys: nil)) ?? []
    return own.map { root.appendingPathComponent($0) }
      + shared.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }
  }

  static var bindings: [URL] {
    ["docs/backout.yaml", "Examples/call-sid-webhook/backout.yaml"].map { root.appendingPathComponent($0) }
  }

  static func fences(_ kind: String) throws -> [URL] {
    try inFolder { folder in
      try python("fences.py", [folder.path, kind] + documents.map(\.path))
      return try files(in: folder).map { try file($0, named: "fence") }
    }
  }

  private static let factor = ProcessInfo.processInfo.environment["BACKOUT_MUTANTS"].flatMap { Int($0) } ?? 1

  static func mutants(of documents: [URL], count: Int) throws -> [[UInt8]] {
    try inFolder { folder in
      try python("mutate.py", [folder.path, "\(count * factor)", "backout"] + documents.map(\.path))
      return try files(in: folder).map { [UInt8]($0) }
    }
  }

  /// A file that is removed at the end of the process, or kept where it shows a finding.
  static func file(_ data: Data, named name: String, kept: Bool = false) throws -> URL {
    let url = (kept ? FileManager.default.temporaryDirectory : folder)
      .appendingPathComponent("\(name)-\(UUID().uuidString)")
    try data.write(to: url)
    return url
  }

  private static let folder: URL = {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("backout-mutants-\(getpid())")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: Corpus.folder) }
    return url
  }()

  private static func inFolder<Value>(_ work: (URL) throws -> Value) throws -> Value {
    let url = folder.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    return try work(url)
  }

  private static func files(in folder: URL) throws -> [Data] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }.map { try Data(contentsOf: $0) }
  }

  private static func python(_ script: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", root.appendingPathComponent("script/lib/\(script)").path] + arguments
    try process.run()
    process.waitUntilExit()
    try Broken.unless(process.terminationStatus == 0, "\(script) ended with \(process.terminationStatus)")
  }
}
