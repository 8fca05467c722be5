/// What careful people said of one document before the reader saw it: which lines a person who rolls back would run,
/// and which not. `Tests/RunbookReadingTests/Labels/NNN.labels`; it names lines only and holds no text.
///
///     # procedures 2
///     12 run shell/change full choice=target:previous
///     15-18 run manual/change full optional person
///     30 not example
///     40-44 either
public struct ReadingLabels: Sendable {
  public enum Verdict: Hashable, Sendable {
    case run, keptOut
    /// Good readers differ: not scored.
    case either
  }
  public struct Label: Sendable {
    public var lines: ClosedRange<Int>
    public var verdict: Verdict
    /// `shell`, `sql` … and `change`, `observe`, `wait`, as the reading spells them.
    public var kind = ""
    public var role = ""
    public var procedure = ""
    /// `group:option` where it is one of alternatives.
    public var choice: String?
    /// Why it is kept out.
    public var reason = ""
  }

  public var labels: [Label] = []

  /// Lines that are no label are named in `faults`, so that a slip of the pen does not change the score unseen.
  public var faults: [String] = []

  public init(_ text: String) {
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      if let label = Self.label(line.split(separator: " ").map(String.init)) {
        labels.append(label)
      } else {
        faults.append(String(line))
      }
    }
    labels.sort { $0.lines.lowerBound < $1.lines.lowerBound }
  }

  private static func label(_ words: [String]) -> Label? {
    guard words.count >= 2 else { return nil }
    let ends = words[0].split(separator: "-").compactMap { Int($0) }
    guard let first = ends.first, let last = ends.last, ends.count <= 2, first <= last else { return nil }
    switch words[1] {
    case "run":
      guard words.count >= 4 else { return nil }
      let parts = words[2].split(separator: "/").map(String.init)
      guard parts.count == 2 else { return nil }
      var label = Label(lines: first...last, verdict: .run)
      (label.kind, label.role, label.procedure) = (parts[0], parts[1], words[3])
      label.choice = words.dropFirst(4).first { $0.hasPrefix("choice=") }.map { String($0.dropFirst(7)) }
      return label
    case "not": return Label(lines: first...last, verdict: .keptOut, reason: words.count > 2 ? words[2] : "")
    case "either": return Label(lines: first...last, verdict: .either)
    default: return nil
    }
  }
}
