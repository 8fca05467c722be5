import BackoutTestKit
import Foundation
import Journal
import Runbook
import Testing

/// What every journal must do, in memory and on disk.
@Suite struct JournalContractTests {
  enum Kind: String, CaseIterable { case memory, sqlite }

  private func journal(_ kind: Kind, _ folder: TemporaryFolder) throws -> any Journal {
    switch kind {
    case .memory: InMemoryJournal(clock: FixedInstants())
    case .sqlite: try SQLiteJournal.open(at: folder.file("journal.sqlite"), clock: FixedInstants())
    }
  }

  @Test(arguments: Kind.allCases) func appendsAndReadsBack(_ kind: Kind) async throws {
    let folder = try TemporaryFolder()
    let journal = try journal(kind, folder)
    let first = try await journal.append(
      [entry("a", 1), entry("b", 2)], to: sampleRun, summary: sampleSummary(), consuming: [])
    let second = try await journal.append([entry("c", 3)], to: sampleRun)
    #expect(first.map(\.sequence) == [1, 2])
    #expect(first[0].previous == Digest(hex: String(repeating: "0", count: 64)))
    #expect(second[0].previous == first[1].digest)
    #expect(try await journal.events(of: sampleRun, after: 0) == first + second)
    #expect(try await journal.events(of: sampleRun, after: 2) == second)
    #expect(try await journal.summary(of: sampleRun) == sampleSummary())
    let report = try await journal.verify(sampleRun)
    #expect(report == ChainReport(run: sampleRun, events: 3, head: second[0].digest))
  }

  @Test(arguments: Kind.allCases) func digestIsOfTheDocumentedText(_ kind: Kind) async throws {
    struct Hashed: Encodable {
      var run: RunIdentifier
      var sequence: Int
      var instant: Instant
      var entry: Entry
      var previous: Digest
    }
    let folder = try TemporaryFolder()
    let journal = try journal(kind, folder)
    let event = try #require(
      try await journal.append([entry("a", 1)], to: sampleRun, summary: sampleSummary(), consuming: []).first)
    let hashed = Hashed(
      run: event.run, sequence: event.sequence, instant: event.instant, entry: event.entry, previous: event.previous)
    #expect(try Digest(canonical: hashed) == event.digest)
  }

  @Test(arguments: Kind.allCases) func emptyAppendChangesOnlyTheSummary(_ kind: Kind) async throws {
    let folder = try TemporaryFolder()
    let journal = try journal(kind, folder)
    try await journal.append([entry("a")], to: sampleRun, summary: sampleSummary(), consuming: [])
    let events = try await journal.append([], to: sampleRun, summary: sampleSummary(isFinished: true), consuming: [])
    #expect(events.isEmpty)
    #expect(try await journal.summary(of: sampleRun)?.isFinished == true)
    #expect(try await journal.verify(sampleRun).events == 1)
    #expect(try await journal.verify(sampleRun).firstBroken == nil)
  }

  @Test(arguments: Kind.allCases) func unknownRunsAreRefused(_ kind: Kind) async throws {
    let folder = try TemporaryFolder()
    let journal = try journal(kind, folder)
    let unknown = JournalError.unknownRun(sampleRun.text)
    await #expect(throws: unknown) { try await journal.append([entry("a")], to: sampleRun) }
    await #expect(throws: unknown) { try await journal.send(Message(kind: .pause, sender: "ana"), to: sampleRun) }
    await #expect(throws: unknown) { try await journal.verify(sampleRun) }
    #expect(try await journal.summary(of: sampleRun) == nil)
    #expect(try await journal.events(of: sampleRun, after: 0).isEmpty)
  }

  @Test(arguments: Kind.allCases) func inboxKeepsUntilConsumed(_ kind: Kind) async throws {
    let folder = try TemporaryFolder()
    let journal = try journal(kind, folder)
    let other = RunIdentifier(text: "01JD0000000000000000000002")
    for run in [sampleRun, other] {
      try await journal.append([entry("a")], to: run, summary: sampleSummary(run), consuming: [])
    }
    let answer = Message(kind: .answer, about: "step-1/1", value: "retry", reason: "fixed", sender: "ana")
    try await journal.send(answer, to: sampleRun)
    try await journal.send(Message(kind: .pause, sender: "bo"), to: other)
    try await journal.send(Message(kind: .pause, sender: "bo"), to: sampleRun)
    let inbox = try await journal.inbox(of: sampleRun)
    #expect(inbox.map(\.message.kind) == [.answer, .pause])
    #expect(inbox.first?.message == answer)
    #expect(inbox.first?.instant == FixedInstants().instant)
    // Another run's messages cannot be consumed.
    let foreign = try await journal.inbox(of: other).map(\.id)
    try await journal.append(
      [entry("b")], to: sampleRun, summary: nil, consuming: inbox.prefix(1).map(\.id) + foreign)
    #expect(try await journal.inbox(of: sampleRun) == Array(inbox.dropFirst()))
    #expect(try await journal.inbox(of: other).map(\.id) == foreign)
  }

  @Test(arguments: Kind.allCases) func listsNewestFirstAndByPrefix(_ kind: Kind) async throws {
    let folder = try TemporaryFolder()
    let journal = try journal(kind, folder)
    let runs = (0..<24).map {
      RunIdentifier(text: "01JD" + ($0 < 12 ? "A" : "B") + "00000000000000000000\($0 / 10)\($0 % 10)")
    }
    for (index, run) in runs.enumerated() {
      let summary = sampleSummary(run, service: index.isMultiple(of: 2) ? "even" : "odd", isFinished: index != 7)
      try await journal.append([entry("a")], to: run, summary: summary, consuming: [])
    }
    #expect(try await journal.runs(service: nil, limit: 3, offset: 0).map(\.run) == [runs[23], runs[22], runs[21]])
    #expect(try await journal.runs(service: "odd", limit: 2, offset: 1).map(\.run) == [runs[21], runs[19]])
    #expect(try await journal.runs(service: "none", limit: 2, offset: 0).isEmpty)
    #expect(try await journal.runs(matching: "01jda").count == 10)
    #expect(try await journal.runs(matching: "01jda").first?.run == runs[11])
    #expect(try await journal.runs(matching: runs[23].text).map(\.run) == [runs[23]])
    #expect(try await journal.runs(matching: "01JDC").isEmpty)
    #expect(try await journal.runs(matching: "%").isEmpty)
    #expect(try await journal.unfinishedRuns(service: nil).map(\.run) == [runs[7]])
    #expect(try await journal.unfinishedRuns(service: "odd").map(\.run) == [runs[7]])
    #expect(try await journal.unfinishedRuns(service: "even").isEmpty)
  }

  @Test func aChainIsTheSameInMemoryAndOnDisk() async throws {
    let folder = try TemporaryFolder()
    var heads: [Digest] = []
    for kind in Kind.allCases {
      let journal = try journal(kind, folder)
      try await journal.append([entry("a", 1)], to: sampleRun, summary: sampleSummary(), consuming: [])
      try await journal.append([entry("b", 2)], to: sampleRun)
      heads.append(try await journal.verify(sampleRun).head)
    }
    #expect(heads[0] == heads[1])
  }
}
