import Runbook

/// The reading as `convert --json` prints it: a documented contract. Absent values are null, never left out.
public struct ConvertedRunbook: Encodable, Sendable {
  public struct ConvertedProcedure: Encodable, Sendable {
    public var id: String
    public var title: String
    public var line: Int
    @Null public var risk: Risk?
    @Null public var estimate: Estimate?
    public var symptoms: [String]
    public var stages: [ConvertedStage]
  }
  public struct ConvertedStage: Encodable, Sendable {
    public var id: String
    public var title: String
    public var line: Int
    @Null public var risk: Risk?
    @Null public var estimate: Estimate?
    public var optional: Bool
    public var warnings: [String]
    public var guardCandidates: [GuardCandidate]
    public var choices: [Choice]
    public var steps: [ConvertedStep]
  }
  public struct ConvertedStep: Encodable, Sendable {
    public var id: String
    public var line: Int
    public var endLine: Int
    public var title: String
    public var text: String
    public var kind: Step.Kind
    public var role: Step.Role
    public var place: String
    /// Asked, not assumed: the step's own, or its whole stage's.
    public var optional: Bool
    @Null public var choice: Membership?
    public var interactive: Bool
    public var destructive: Bool
    public var expectations: [Check]
  }
  public struct Membership: Encodable, Sendable {
    public var id: String
    public var option: String
  }

  public var title: String
  public var source: String
  public var digest: Digest
  public var procedures: [ConvertedProcedure]
  public var triggers: [Trigger]
  public var decisionMatrix: [DecisionRule]
  public var contacts: [Contact]
  public var criteria: [Criterion]
  public var placeholders: [Placeholder]
  public var facts: [Fact]
  public var notRun: [NotRun]

  public init(_ runbook: Runbook) {
    title = runbook.title
    source = runbook.source
    digest = runbook.digest
    procedures = runbook.procedures.map { procedure in
      ConvertedProcedure(
        id: procedure.id, title: procedure.title, line: procedure.line, risk: procedure.risk,
        estimate: procedure.estimate,
        symptoms: procedure.symptoms, stages: procedure.stages.map(Self.stage))
    }
    triggers = runbook.triggers
    decisionMatrix = runbook.decisionMatrix
    contacts = runbook.contacts
    criteria = runbook.criteria
    placeholders = runbook.placeholders
    facts = runbook.facts
    notRun = runbook.notRun
  }

  private static func stage(_ stage: Stage) -> ConvertedStage {
    ConvertedStage(
      id: stage.id, title: stage.title, line: stage.line, risk: stage.risk, estimate: stage.estimate,
      optional: stage.optional,
      warnings: stage.warnings, guardCandidates: stage.guardCandidates, choices: stage.choices,
      steps: stage.steps.map { step in
        ConvertedStep(
          id: step.id, line: step.line, endLine: step.endLine, title: step.title, text: step.text, kind: step.kind,
          role: step.role,
          place: step.place.label, optional: step.optional || stage.optional,
          choice: step.choice.map { Membership(id: $0.choice, option: $0.option) }, interactive: step.interactive,
          destructive: step.destructive, expectations: step.expectations)
      })
  }
}
