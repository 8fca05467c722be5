/// Something that is wrong, found by looking, before anything is changed.
public struct Problem: Codable, Hashable, Sendable, Error {
  public enum Severity: String, Codable, Hashable, Sendable, Comparable {
    /// Worth knowing.
    case note
    /// May surprise; does not block.
    case warning
    /// Needs a person's answer before the plan is ready.
    case question
    /// Would surely fail or destroy: the plan is blocked unless it is accepted by name with a reason.
    case error

    private var rank: Int {
      switch self {
      case .note: 0
      case .warning: 1
      case .question: 2
      case .error: 3
      }
    }
    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// A stable name such as `target-unknown`; with the step's id it is how a person accepts it: `step-4/2:target-unknown`.
  public var code: String
  public var step: String?
  public var line: Int?
  public var severity: Severity
  /// What is wrong, in the system's own terms, and what to do about it.
  public var message: String

  public init(code: String, step: String? = nil, line: Int? = nil, severity: Severity = .error, message: String) {
    self.code = code
    self.step = step
    self.line = line
    self.severity = severity
    self.message = message
  }

  /// What `--accept` takes.
  public var name: String { step.map { "\($0):\(code)" } ?? code }
}
