import Foundation
import Journal
import Runbook

/// A journal in memory, with the same chain, which can fail or crash at a chosen append.
public actor InMemoryJournal: Journal {
  /// What happens at an append; appends count from 1, over all runs.
  public enum Fault: Hashable, Sendable {
    /// Throws `JournalError.notWritable`; nothing is written, and the next append works.
    case fail(append: Int)
    /// The process dies before the commit: nothing is written, and every later call throws `Crashed`.
    case crashBefore(append: Int)
    /// The process dies after the commit, before the caller hears of it: written, and every later call throws.
    case crashAfter(append: Int)
  }

  /// Stands for the end of the process.
  public struct Crashed: Error, Hashable, Sendable {
    public init() {}
  }

  /// What is on disk.
  public struct Contents: Sendable {
    public var summaries: [RunIdentifier: RunSummary] = [:]
    public var links: [RunIdentifier: [EventChain.Link]] = [:]
    public var messages: [(run: RunIdentifier, received: ReceivedMessage)] = []
    public var lastMessage = 0

    public init() {}
  }

  public private(set) var contents: Contents
  /// How many appends were asked for.
  public private(set) var appends = 0
  private let clock: any InstantSource
  private let faults: Set<Fault>
  private var isCrashed = false

  public init(clock: any InstantSource = SystemInstants(), faults: Set<Fault> = [], contents: Contents = Contents()) {
    self.clock = clock
    self.faults = faults
    self.contents = contents
  }

  /// The journal that the next process finds.
  public func restarted(faults: Set<Fault> = []) -> InMemoryJournal {
    InMemoryJournal(clock: clock, faults: faults, contents: contents)
  }

  @discardableResult
  public func append(
    _ entries: [Entry], to run: RunIdentifier, summary: RunSummary?, consuming consumed: [Int]
  ) async throws -> [Event] {
    try live()
    let texts = try entries.map(EventChain.text)
    guard summary != nil || contents.summaries[run] != nil else { throw JournalError.unknownRun(run.text) }
    appends += 1
    if faults.contains(.fail(append: appends)) {
      throw JournalError.notWritable(path: "memory", why: "no room on the disk")
    }
    if faults.contains(.crashBefore(append: appends)) { try crash() }
    let instant = clock.now()
    var links = contents.links[run] ?? []
    let first = links.count
    for text in texts {
      let head = links.last.map { EventChain.Head(sequence: $0.sequence, digest: $0.digest) } ?? .start
      links.append(EventChain.link(text, of: run, at: instant, after: head))
    }
    contents.links[run] = links
    if let summary { contents.summaries[run] = summary }
    contents.messages.removeAll { $0.run == run && consumed.contains($0.received.id) }
    if faults.contains(.crashAfter(append: appends)) { try crash() }
    return try links[first...].map(Event.init)
  }

  public func events(of run: RunIdentifier, after sequence: Int) async throws -> [Event] {
    try live()
    return try (contents.links[run] ?? []).filter { $0.sequence > sequence }.map(Event.init)
  }

  public func runs(service: String?, limit: Int, offset: Int) async throws -> [RunSummary] {
    try live()
    return Array(newestFirst { service == nil || $0.service == service }.dropFirst(offset).prefix(limit))
  }

  public func runs(matching prefix: String) async throws -> [RunSummary] {
    try live()
    return Array(newestFirst { $0.run.text.hasPrefix(prefix.uppercased()) }.prefix(10))
  }

  public func unfinishedRuns(service: String?) async throws -> [RunSummary] {
    try live()
    return newestFirst { !$0.isFinished && (service == nil || $0.service == service) }
  }

  public func summary(of run: RunIdentifier) async throws -> RunSummary? {
    try live()
    return contents.summaries[run]
  }

  public func send(_ message: Message, to run: RunIdentifier) async throws {
    try live()
    guard contents.summaries[run] != nil else { throw JournalError.unknownRun(run.text) }
    contents.lastMessage += 1
    contents.messages.append(
      (run, ReceivedMessage(id: contents.lastMessage, instant: clock.now(), message: message)))
  }

  public func inbox(of run: RunIdentifier) async throws -> [ReceivedMessage] {
    try live()
    return contents.messages.filter { $0.run == run }.map(\.received)
  }

  public func verify(_ run: RunIdentifier) async throws -> ChainReport {
    try live()
    guard contents.summaries[run] != nil else { throw JournalError.unknownRun(run.text) }
    var walk = EventChain.Walk(run: run)
    for link in contents.links[run] ?? [] { walk.take(link) }
    return walk.report(recorded: nil)
  }

  private func newestFirst(_ isWanted: (RunSummary) -> Bool) -> [RunSummary] {
    contents.summaries.values.filter(isWanted).sorted { $0.run.text > $1.run.text }
  }

  private func live() throws { if isCrashed { throw Crashed() } }

  private func crash() throws {
    isCrashed = true
    throw Crashed()
  }
}
