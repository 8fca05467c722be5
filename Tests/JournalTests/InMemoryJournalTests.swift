import BackoutTestKit
import Journal
import Runbook
import Testing

@Suite struct InMemoryJournalTests {
  private func filled(_ faults: Set<InMemoryJournal.Fault>) async throws -> InMemoryJournal {
    let journal = InMemoryJournal(clock: FixedInstants(), faults: faults)
    try await journal.append([entry("a")], to: sampleRun, summary: sampleSummary(), consuming: [])
    try await journal.send(Message(kind: .pause, sender: "ana"), to: sampleRun)
    return journal
  }

  @Test func aFailedAppendWritesNothing() async throws {
    let journal = try await filled([.fail(append: 2)])
    await #expect(throws: JournalError.self) {
      try await journal.append([entry("b")], to: sampleRun, summary: sampleSummary(isFinished: true), consuming: [1])
    }
    #expect(try await journal.events(of: sampleRun, after: 0).count == 1)
    #expect(try await journal.inbox(of: sampleRun).count == 1)
    #expect(try await journal.summary(of: sampleRun)?.isFinished == false)
    #expect(try await journal.append([entry("b")], to: sampleRun).first?.sequence == 2)
  }

  @Test(arguments: [(InMemoryJournal.Fault.crashBefore(append: 2), 1), (.crashAfter(append: 2), 2)])
  func aCrashEndsThisJournalAndTheNextGoesOn(_ fault: InMemoryJournal.Fault, _ events: Int) async throws {
    let journal = try await filled([fault])
    let crashed = InMemoryJournal.Crashed()
    await #expect(throws: crashed) { try await journal.append([entry("b")], to: sampleRun) }
    await #expect(throws: crashed) { try await journal.events(of: sampleRun, after: 0) }
    await #expect(throws: crashed) { try await journal.append([entry("b")], to: sampleRun) }
    let next = await journal.restarted()
    #expect(try await next.events(of: sampleRun, after: 0).count == events)
    #expect(try await next.append([entry("c")], to: sampleRun).first?.sequence == events + 1)
    #expect(try await next.verify(sampleRun).firstBroken == nil)
    #expect(try await next.inbox(of: sampleRun).count == 1)
  }
}
