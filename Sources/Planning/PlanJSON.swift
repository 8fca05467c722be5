import Layer
import Runbook

/// What `plan --json` prints: stable names, every text redacted, secret tokens as `‹NAME›`. Absent values are null, never left out.
public struct PlannedJSON: Encodable, Sendable {
  public struct ProblemJSON: Encodable, Sendable {
    @Null public var step: String?
    @Null public var line: Int?
    public var severity: String
    public var message: String
    public var code: String
    /// What `--accept` takes.
    public var name: String
    @Null public var accepted: String?
  }

  public struct StepJSON: Encodable, Sendable {
    public var id: String
    public var line: Int
    public var title: String
    public var stage: String
    public var layer: String
    public var place: String
    public var directory: String
    public var command: String
    public var from: String
    public var to: String
    @Null public var keeps: String?
    /// Reversibility, or the command of the bindings.
    @Null public var undo: String?
    public var destructive: Bool
    @Null public var estimate: EstimateJSON?
    public var asks: [AskJSON]
    @Null public var choice: MembershipJSON?
    public var optional: Bool
    public var role: String
    public var kind: String
    @Null public var skip: String?
    @Null public var note: String?
  }

  public struct StageJSON: Encodable, Sendable {
    public var id: String
    public var title: String
    public var line: Int
    @Null public var risk: String?
    @Null public var estimate: EstimateJSON?
    public var optional: Bool
    public var warnings: [String]
    public var choices: [Choice]
    /// Ids, in order.
    public var steps: [String]
  }

  /// Seconds.
  public struct EstimateJSON: Encodable, Sendable {
    @Null public var minimum: Int?
    @Null public var maximum: Int?
    public var text: String
  }

  /// Of which choice a step is an alternative, under which option.
  public struct MembershipJSON: Encodable, Sendable {
    public var id: String
    public var option: String
  }

  public struct AskJSON: Encodable, Sendable {
    public var id: String
    public var kind: String
    public var question: String
    public var options: [AskOption]
  }

  /// Whether what the plan leaves behind fits together.
  public struct CompatibilityJSON: Encodable, Sendable {
    public var verdict: String
    public var parts: [PartJSON]
    public var reasons: [ReasonJSON]
  }

  public struct PartJSON: Encodable, Sendable {
    public var layer: String
    public var step: String
    public var to: String
  }

  public struct ReasonJSON: Encodable, Sendable {
    public var step: String
    public var code: String
    public var text: String
  }

  /// What would bring the bad version back, and what prevents it.
  public struct QuarantineJSON: Encodable, Sendable {
    public var name: String
    /// That would be for nothing.
    public var against: String
    public var danger: String
    public var statement: String
    public var release: String
    /// The step that it became; null where it was not taken.
    @Null public var step: String?
  }

  public var hash: String
  public var verdict: String
  @Null public var compatibility: CompatibilityJSON?
  public var title: String
  public var service: String
  @Null public var environment: String?
  public var procedure: String
  public var directory: String
  @Null public var estimate: EstimateJSON?
  public var parameters: [String: String]
  public var carried: [String]
  public var problems: [ProblemJSON]
  public var stages: [StageJSON]
  public var steps: [StepJSON]
  public var quarantine: [QuarantineJSON]

  public init(_ plan: Plan, redactor: Redactor = Redactor()) {
    func shown(_ text: String) -> String {
      redactor.redact(SecretToken.replace(in: text) { "‹\($0)›" })
    }
    func estimate(_ value: Estimate?) -> EstimateJSON? {
      value.map { EstimateJSON(minimum: $0.minimum, maximum: $0.maximum, text: $0.text) }
    }
    hash = plan.hash.hex
    verdict = plan.verdict.rawValue
    compatibility = plan.compatibility.map { found in
      CompatibilityJSON(
        verdict: found.verdict.rawValue,
        parts: found.parts.map { PartJSON(layer: $0.layer.rawValue, step: $0.step, to: shown($0.to)) },
        reasons: found.reasons.map { ReasonJSON(step: $0.step, code: $0.code, text: shown($0.text)) })
    }
    title = shown(plan.runbook.title)
    service = plan.service
    environment = plan.environment
    procedure = plan.procedure
    directory = plan.directory
    self.estimate = estimate(plan.estimate)
    parameters = plan.parameters.mapValues(shown)
    carried = plan.carried
    problems = plan.problems.map { problem in
      ProblemJSON(
        step: problem.step, line: problem.line, severity: problem.severity.rawValue, message: shown(problem.message),
        code: problem.code, name: problem.name, accepted: plan.accepted[problem.name])
    }
    stages = plan.stages.map { stage in
      StageJSON(
        id: stage.id, title: shown(stage.title), line: stage.line, risk: stage.risk?.rawValue,
        estimate: estimate(stage.estimate), optional: stage.optional, warnings: stage.warnings.map(shown),
        choices: stage.choices, steps: stage.steps.map(\.id))
    }
    steps = plan.steps.map { step in
      StepJSON(
        id: step.id, line: step.line, title: shown(step.title), stage: step.stage, layer: step.layer.rawValue,
        place: step.place.label, directory: step.directory, command: shown(step.command), from: shown(step.from),
        to: shown(step.to), keeps: step.keeps.map(shown),
        undo: (step.undoCommand ?? step.reversibility?.label).map(shown),
        destructive: step.effects.contains(where: \.isDestructive), estimate: estimate(step.estimate),
        asks: step.asks.map { ask in
          AskJSON(
            id: ask.id, kind: ask.kind.rawValue, question: shown(ask.question),
            options: ask.options.map { AskOption(id: $0.id, title: shown($0.title)) })
        }, choice: step.choice.map { MembershipJSON(id: $0.choice, option: $0.option) }, optional: step.optional,
        role: step.role.rawValue, kind: step.kind.rawValue,
        skip: step.skip, note: step.note.map(shown))
    }
    quarantine = (plan.quarantine ?? []).map { entry in
      QuarantineJSON(
        name: entry.offer.name, against: entry.offer.step, danger: shown(entry.offer.danger),
        statement: shown(entry.offer.statement), release: shown(entry.offer.release), step: entry.step)
    }
  }
}

extension PlannedStep {
  /// The layer it changes, else the one it looks at.
  public var layer: LayerKind {
    (effects.first { $0.role == .change } ?? effects.first)?.layer ?? (isExecutable ? .unknown : .person)
  }
}

extension Plan {
  /// By the runbook: what it says of the procedure, else the sum of its stages. Nil where it says nothing.
  public var estimate: Estimate? {
    if bindings.procedures[procedure] == nil, let said = runbook.procedure(procedure)?.estimate { return said }
    let stages = self.stages.compactMap(\.estimate)
    if stages.isEmpty { return nil }
    let minimum = stages.reduce(0) { $0 + ($1.minimum ?? 0) }
    let maximum = stages.allSatisfy { $0.maximum != nil } ? stages.reduce(0) { $0 + ($1.maximum ?? 0) } : nil
    return Estimate(minimum: minimum, maximum: maximum, text: Self.text(minimum: minimum, maximum: maximum))
  }

  private static func text(minimum: Int, maximum: Int?) -> String {
    func minutes(_ seconds: Int) -> String { String((seconds + 59) / 60) }
    guard let maximum else { return "\(minutes(minimum))+ min" }
    return minimum == maximum ? "\(minutes(minimum)) min" : "\(minutes(minimum))-\(minutes(maximum)) min"
  }
}
