import Foundation
import Runbook

/// The hash chain of a run's events; every journal links and verifies by it.
///
/// An event's digest is SHA-256, in lower-case hex, of this UTF-8 text, whose keys are sorted and which has no white
/// space (`ENTRY` is the entry's canonical JSON, byte for byte as it is stored):
///
///     {"entry":ENTRY,"instant":{"boot":"…","monotonic":0,"wall":0},"previous":"…","run":"…","sequence":1}
///
/// Anybody can check it with `sha256sum`. `previous` is the digest of the event before; the first event's is 64 zeros.
public enum EventChain {
  /// Where a chain ends.
  public struct Head: Hashable, Sendable {
    /// Of the last event; 0: there is none.
    public var sequence: Int
    public var digest: Digest

    public init(sequence: Int, digest: Digest) {
      self.sequence = sequence
      self.digest = digest
    }

    public static let start = Head(sequence: 0, digest: Digest(hex: String(repeating: "0", count: 64)))
  }

  /// An event as it is stored: the entry stays the text that was hashed.
  public struct Link: Hashable, Sendable {
    public var run: String
    public var sequence: Int
    public var instant: Instant
    public var entryText: String
    public var previous: Digest
    public var digest: Digest

    public init(
      run: String, sequence: Int, instant: Instant, entryText: String, previous: Digest, digest: Digest
    ) {
      self.run = run
      self.sequence = sequence
      self.instant = instant
      self.entryText = entryText
      self.previous = previous
      self.digest = digest
    }
  }

  /// The entry as it is stored and hashed. Throws `EncodingError` where its body holds a number that JSON cannot.
  public static func text(of entry: Entry) throws -> String {
    var members: [String: JSONValue] = ["kind": .string(entry.kind), "body": entry.body]
    members["step"] = entry.step.map(JSONValue.string)
    return try JSONValue.object(members).canonicalJSON()
  }

  /// The link that follows `head`.
  public static func link(_ entryText: String, of run: RunIdentifier, at instant: Instant, after head: Head) -> Link {
    var link = Link(
      run: run.text, sequence: head.sequence + 1, instant: instant, entryText: entryText, previous: head.digest,
      digest: head.digest)
    link.digest = digest(of: link)
    return link
  }

  /// What the link's digest must be.
  public static func digest(of link: Link) -> Digest {
    Digest(
      of: """
        {"entry":\(link.entryText),"instant":{"boot":\(quoted(link.instant.boot)),"monotonic":\
        \(link.instant.monotonic),"wall":\(link.instant.wall)},"previous":\(quoted(link.previous.hex)),\
        "run":\(quoted(link.run)),"sequence":\(link.sequence)}
        """)
  }

  /// A JSON string. What a journal writes here needs no escape; what somebody else put there may.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
    }
    return isPlain ? "\"\(text)\"" : JSONValue.string(text).canonicalText
  }

  /// Walks a chain, link by link, from its beginning.
  public struct Walk {
    private let run: RunIdentifier
    private var head = Head.start
    private var count = 0
    private var broken: (sequence: Int, why: String)?

    public init(run: RunIdentifier) { self.run = run }

    /// The next link in the order in which they are stored.
    public mutating func take(_ link: Link) {
      count += 1
      guard broken == nil else { return }
      let expected = head.sequence + 1
      if link.sequence != expected {
        broken = (expected, "event \(expected) is missing: event \(link.sequence) follows event \(head.sequence)")
      } else if link.previous != head.digest {
        broken = (expected, "event \(expected) does not name the digest of the event before it")
      } else if link.run != run.text || EventChain.digest(of: link) != link.digest {
        broken = (expected, "event \(expected) was changed: its contents do not give its digest")
      }
      head = Head(sequence: link.sequence, digest: link.digest)
    }

    /// - Parameter recorded: where the chain ended by the run's own row; nil: not known.
    public func report(recorded: Head?) -> ChainReport {
      var broken = broken
      if broken == nil, let recorded, recorded != head {
        broken =
          recorded.sequence > head.sequence
          ? (head.sequence + 1, "events \(head.sequence + 1) to \(recorded.sequence) were cut off the end")
          : (head.sequence, "the run's record says that its chain ends with event \(recorded.sequence)")
      }
      return ChainReport(
        run: run, events: count, head: head.digest, firstBroken: broken?.sequence, why: broken?.why)
    }
  }
}

extension Event {
  /// Throws `DecodingError` where the stored text is not an entry.
  public init(_ link: EventChain.Link) throws {
    self.init(
      run: RunIdentifier(text: link.run), sequence: link.sequence, instant: link.instant,
      entry: try Entry(storedText: link.entryText), previous: link.previous, digest: link.digest)
  }

  init(_ link: EventChain.Link, entry: Entry) {
    self.init(
      run: RunIdentifier(text: link.run), sequence: link.sequence, instant: link.instant, entry: entry,
      previous: link.previous, digest: link.digest)
  }
}

extension Entry {
  /// The way back from `EventChain.text(of:)`.
  fileprivate init(storedText text: String) throws {
    let value = try JSONValue(parsing: text)
    guard let kind = value["kind"]?.stringValue, let body = value["body"] else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: [], debugDescription: "an entry has a kind and a body"))
    }
    self.init(kind: kind, step: value["step"]?.stringValue, body: body)
  }
}
