/// Says when to roll back. Without a bound, a person judges.
public struct Trigger: Codable, Hashable, Sendable {
  public var line: Int
  public var text: String
  public var quantity: String?
  public var comparison: Comparison?
  public var bound: Double?
  public var unit: String?
  /// Seconds.
  public var window: Int?

  public init(
    line: Int, text: String, quantity: String? = nil, comparison: Comparison? = nil, bound: Double? = nil,
    unit: String? = nil, window: Int? = nil
  ) {
    self.line = line
    self.text = text
    self.quantity = quantity
    self.comparison = comparison
    self.bound = bound
    self.unit = unit
    self.window = window
  }
}

/// A row of the decision matrix: which severity or issue calls for which action, by when, with whose approval.
public struct DecisionRule: Codable, Hashable, Sendable {
  public var line: Int
  public var issue: String?
  public var severity: String?
  public var action: String
  /// Seconds.
  public var within: Int?
  public var approval: String?
  public var alternative: String?

  public init(
    line: Int, issue: String? = nil, severity: String? = nil, action: String, within: Int? = nil,
    approval: String? = nil, alternative: String? = nil
  ) {
    self.line = line
    self.issue = issue
    self.severity = severity
    self.action = action
    self.within = within
    self.approval = approval
    self.alternative = alternative
  }
}

/// Somebody to call, in the document's order.
public struct Contact: Codable, Hashable, Sendable {
  public var line: Int
  public var role: String
  public var detail: String?
  /// Position on an escalation path, from 1.
  public var escalation: Int?

  public init(line: Int, role: String, detail: String? = nil, escalation: Int? = nil) {
    self.line = line
    self.role = role
    self.detail = detail
    self.escalation = escalation
  }
}

/// What must hold, or be done, after the run.
public struct Criterion: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable { case criterion, task }
  public var line: Int
  public var kind: Kind
  public var text: String
  public var quantity: String?
  public var comparison: Comparison?
  public var bound: Double?
  public var unit: String?
  /// For how long it is watched.
  public var duration: Estimate?

  public init(
    line: Int, kind: Kind = .criterion, text: String, quantity: String? = nil, comparison: Comparison? = nil,
    bound: Double? = nil, unit: String? = nil, duration: Estimate? = nil
  ) {
    self.line = line
    self.kind = kind
    self.text = text
    self.quantity = quantity
    self.comparison = comparison
    self.bound = bound
    self.unit = unit
    self.duration = duration
  }
}

/// A hole in the runbook that a binding fills.
public struct Placeholder: Codable, Hashable, Sendable {
  /// How it is spelled; it says whether it may be real syntax.
  public enum Form: String, Codable, Hashable, Sendable, CaseIterable {
    case angle, brace, doubleBrace, capitals, bracket, date, sample, host, variable
  }

  /// The key under `parameters`: `previous-commit-hash`, `webhook_id`, `YOUR_API_KEY`.
  public var name: String
  /// As it stands in the document: `<previous-commit-hash>`.
  public var spelling: String
  public var form: Form
  /// Every line on which a step uses it.
  public var lines: [Int]
  /// Nothing runs while it is unfilled. Otherwise it stays literal until bound.
  public var required: Bool

  public init(name: String, spelling: String, form: Form, lines: [Int], required: Bool) {
    self.name = name
    self.spelling = spelling
    self.form = form
    self.lines = lines
    self.required = required
  }
}

/// What the document states that is neither a step nor a check: a table, an estimate, a retention period, a note.
public struct Fact: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    case table, estimate, retention, expectation, warning, template, note
    /// An option in prose that takes parts of the main procedure.
    case partial
  }
  public var line: Int
  public var kind: Kind
  public var text: String

  public init(line: Int, kind: Kind, text: String) {
    self.line = line
    self.kind = kind
    self.text = text
  }
}

/// What stands in the document and does not run, with the reason.
public struct NotRun: Codable, Hashable, Sendable {
  public enum Reason: String, Codable, Hashable, Sendable, CaseIterable {
    case forward, drill, quickReference = "quick-reference", troubleshooting, template, output, prevention
    case backupAdvice = "backup-advice", example
  }
  public var line: Int
  public var text: String
  public var reason: Reason

  public init(line: Int, text: String, reason: Reason) {
    self.line = line
    self.text = text
    self.reason = reason
  }
}
