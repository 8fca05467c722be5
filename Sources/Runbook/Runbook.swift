/// What was understood of one runbook document: the reading.
///
/// Every fence, command, checkbox and table of the document stands in it exactly once: as a step, a check, a fact, or
/// under `notRun` with the reason.
public struct Runbook: Codable, Hashable, Sendable {
  public var title: String
  /// The document's name as people know it, such as `ROLLBACK.md`.
  public var source: String
  public var procedures: [Procedure]
  public var triggers: [Trigger]
  public var decisionMatrix: [DecisionRule]
  public var contacts: [Contact]
  /// What is watched after the run, and tasks of the after-care.
  public var criteria: [Criterion]
  public var placeholders: [Placeholder]
  public var facts: [Fact]
  public var notRun: [NotRun]
  /// The report's template, where the document brings one.
  public var reportTemplate: String?
  /// Bindings in the document's own front matter, as YAML text.
  public var frontMatter: String?

  public init(
    title: String, source: String, procedures: [Procedure] = [], triggers: [Trigger] = [],
    decisionMatrix: [DecisionRule] = [], contacts: [Contact] = [], criteria: [Criterion] = [],
    placeholders: [Placeholder] = [], facts: [Fact] = [], notRun: [NotRun] = [], reportTemplate: String? = nil,
    frontMatter: String? = nil
  ) {
    self.title = title
    self.source = source
    self.procedures = procedures
    self.triggers = triggers
    self.decisionMatrix = decisionMatrix
    self.contacts = contacts
    self.criteria = criteria
    self.placeholders = placeholders
    self.facts = facts
    self.notRun = notRun
    self.reportTemplate = reportTemplate
    self.frontMatter = frontMatter
  }

  /// What a person confirms: it changes when anything that runs, or is kept from running, changes; not with the
  /// document's name.
  public var digest: Digest {
    var reading = self
    reading.source = ""
    // Encoding values made of strings, numbers and arrays cannot fail.
    return (try? Digest(canonical: reading)) ?? Digest(hex: "")
  }

  public func procedure(_ id: String) -> Procedure? { procedures.first { $0.id == id } }
}

/// One way to roll back that the runbook offers: the whole document, a phase, a scenario, a partial option.
public struct Procedure: Codable, Hashable, Sendable {
  /// A slug such as `full`, `phase-7`, `scenario-b`.
  public var id: String
  public var title: String
  public var line: Int
  public var risk: Risk?
  public var estimate: Estimate?
  /// What the document says this procedure is for: its symptoms, its issue.
  public var symptoms: [String]
  public var stages: [Stage]

  public init(
    id: String, title: String, line: Int, risk: Risk? = nil, estimate: Estimate? = nil, symptoms: [String] = [],
    stages: [Stage] = []
  ) {
    self.id = id
    self.title = title
    self.line = line
    self.risk = risk
    self.estimate = estimate
    self.symptoms = symptoms
    self.stages = stages
  }
}

/// A heading inside a procedure, with its risk and time estimate.
public struct Stage: Codable, Hashable, Sendable {
  /// A slug such as `step-6`.
  public var id: String
  public var title: String
  public var line: Int
  public var risk: Risk?
  public var estimate: Estimate?
  /// The whole stage is asked for, not assumed: "(Optional)", "(If Needed)".
  public var optional: Bool
  /// What the document warns of, verbatim.
  public var warnings: [String]
  public var choices: [Choice]
  public var guardCandidates: [GuardCandidate]
  public var steps: [Step]

  public init(
    id: String, title: String, line: Int, risk: Risk? = nil, estimate: Estimate? = nil, optional: Bool = false,
    warnings: [String] = [], choices: [Choice] = [], guardCandidates: [GuardCandidate] = [], steps: [Step] = []
  ) {
    self.id = id
    self.title = title
    self.line = line
    self.risk = risk
    self.estimate = estimate
    self.optional = optional
    self.warnings = warnings
    self.choices = choices
    self.guardCandidates = guardCandidates
    self.steps = steps
  }
}

/// Alternatives that exclude each other. A stage's first choice has the stage's id; the next ones `step-4-choice-2` …
public struct Choice: Codable, Hashable, Sendable {
  public var id: String
  public var line: Int
  public var question: String
  public var options: [ChoiceOption]

  /// What is answered where no option shall be taken.
  public static let noOption = "none"

  public init(id: String, line: Int, question: String, options: [ChoiceOption]) {
    self.id = id
    self.line = line
    self.question = question
    self.options = options
  }
}

public struct ChoiceOption: Codable, Hashable, Sendable {
  /// A slug such as `option-a`.
  public var id: String
  public var title: String
  public var line: Int

  public init(id: String, title: String, line: Int) {
    self.id = id
    self.title = title
    self.line = line
  }
}

/// A sentence that says when a step would fail or must wait ("will FAIL if …"). Shown, and bound by one line in
/// `backout.yaml`.
public struct GuardCandidate: Codable, Hashable, Sendable {
  public var line: Int
  public var text: String

  public init(line: Int, text: String) {
    self.line = line
    self.text = text
  }
}

public enum Risk: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
  case low, medium, high, critical
  public static func < (left: Risk, right: Risk) -> Bool {
    allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
  }
}

/// A range of seconds, with the words it was read from.
public struct Estimate: Codable, Hashable, Sendable {
  /// Seconds. Nil: no lower bound ("< 5 minutes").
  public var minimum: Int?
  /// Seconds. Nil: no upper bound ("30+ minutes").
  public var maximum: Int?
  public var text: String

  public init(minimum: Int?, maximum: Int?, text: String) {
    self.minimum = minimum
    self.maximum = maximum
    self.text = text
  }
}
