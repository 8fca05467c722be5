import Foundation
import Planning
import Testing

/// `KnownProblems` is what the sources report, no more and no less.
@Suite struct KnownProblemsTests {
  static let reported: ReportedCodes = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    var sources: [String: String] = [:]
    for case let file as URL in FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil) ?? .init()
    where file.pathExtension == "swift" {
      let path = file.path.replacingOccurrences(of: root.path + "/", with: "")
      // The list itself, and what only tests use.
      if path.hasPrefix("Planning/KnownProblems/") || path.hasPrefix("BackoutTestKit/") { continue }
      sources[path] = try? String(contentsOf: file, encoding: .utf8)
    }
    return ReportedCodes(sources)
  }()

  @Test func everyCodeThatIsReportedIsKnown() {
    let known = Set(KnownProblems.all.map(\.code))
    let unknown = Self.reported.places.filter { !known.contains($0.key) }
    #expect(unknown.isEmpty, "write them into Sources/Planning/KnownProblems, and make docs/problems.md anew")
  }

  @Test func everyKnownCodeIsReported() {
    let idle = KnownProblems.all.map(\.code).filter { Self.reported.places[$0] == nil }
    #expect(idle.isEmpty, "nothing in Sources reports them")
  }

  /// A code that is not written down where it is reported would be missed by the two tests above.
  @Test func everyCodeCanBeRead() {
    #expect(Self.reported.unread.isEmpty, "write the code down as a literal where the problem is made")
  }

  @Test(arguments: [
    (#"Problem(code: "new-one", message: "x")"#, ["new-one"], 0),
    ("Problem(\n  code: isQuiet ? \"no-op\" : \"gone\", severity: .error, message: \"x\")", ["gone", "no-op"], 0),
    (#"all.append(.init(code: "short-one", message: "x"))"#, ["short-one"], 0),
    (#"problem.code = "later""#, ["later"], 0),
    (#"wanted.problems["by-key"] = "x""#, ["by-key"], 0),
    (
      "    func add(_ code: String, _ text: String) { Problem(code: code, message: text) }\n    add(\"helped\", \"a, b\")",
      ["helped"], 0
    ),
    ("let code = a\n  ? \"one-way\" : \"other-way\"\nProblem(code: code, message: \"\")", ["one-way", "other-way"], 0),
    ("static let mine = \"constant\"\nProblem(code: Self.mine, message: \"\")", ["constant"], 0),
    (#"Problem(code: "a-\(kind)", message: "x")"#, [], 1),
    ("Problem(code: made(of: kind), message: \"x\")", [], 1),
    ("let code = made(of: kind)\nProblem(code: code, message: \"x\")", [], 1),
    ("wanted.problems[name] = \"x\"", [], 1),
    ("func add(_ code: String) { Problem(code: code, message: \"\") }\nadd(name)", [], 1),
    ("// Problem(code: \"in-a-comment\", message: \"x\")", [], 0),
  ]) func everyWayToReportIsRead(_ text: String, _ codes: [String], _ unread: Int) {
    let found = ReportedCodes(["Layers/New/New.swift": text])
    #expect(found.places.keys.sorted() == codes && found.unread.count == unread, "\(found.unread)")
  }

  @Test func eachCodeIsListedOnce() {
    let codes = KnownProblems.all.map(\.code)
    #expect(Set(codes).count == codes.count)
  }

  @Test func theNameOfAProblemIsEnough() throws {
    #expect(KnownProblems.find("step-4/2:local-changes-in-the-way")?.code == "local-changes-in-the-way")
    #expect(KnownProblems.find("4.2:no-op")?.code == "no-op")
    #expect(KnownProblems.find("no-op")?.code == "no-op")
    #expect(KnownProblems.find("no-such-code") == nil)
  }

  /// Sentences, and the worst severity last or first, each once.
  @Test(arguments: KnownProblems.all) func theTextsAreWhole(_ problem: KnownProblem) {
    for text in [problem.meaning, problem.cure] + problem.occurrences.map(\.when) {
      #expect(text.hasSuffix(".") || text.hasSuffix("`"), "\(text)")
      #expect(!text.contains("\n") && !text.contains("  "), "\(text)")
      #expect(text.count { $0 == "`" }.isMultiple(of: 2), "\(text)")
    }
    let severities = problem.occurrences.map(\.severity)
    #expect(!severities.isEmpty && Set(severities).count == severities.count)
  }
}
