import Foundation
import Layer
import Runbook

/// Reading + bindings + observations: an ordered list of steps with predicted effects. Approvals bind to its hash.
///
/// It is whole: a run, a resume, an undo and a report need nothing else, since a rollback deletes its own inputs.
public struct Plan: Codable, Hashable, Sendable {
  public var runbook: Runbook
  /// The document's text.
  public var document: String
  /// Where the document was, as an absolute path.
  public var path: String
  public var service: String
  public var environment: String?
  public var procedure: String
  /// The git root of the runbook's folder, or that folder: the session starts here.
  public var directory: String
  /// The bindings in force, overlay merged. Secrets stand as references.
  public var bindings: RunbookBindings
  public var layers: [String: DeclaredLayer]
  public var people: [String: Person]
  public var settings: Settings
  /// Placeholder → value, computed once. Secrets are not here.
  public var parameters: [String: String]
  /// Placeholder → where its secret is.
  public var secrets: [String: SecretReference]
  /// Names of environment variables whose values are secret, by name or because a secret reference reads them.
  public var secretVariables: [String]
  /// Values that are not plain enough to stand in a command: session variable → value.
  public var sessionVariables: [String: String]
  /// Session variable → the secret's name; the value is fetched when the session opens.
  public var secretSessionVariables: [String: String]
  /// Files that a later step executes though an earlier step removes them: path relative to `directory`.
  public var carried: [String]
  public var stages: [PlannedStage]
  public var problems: [Problem]
  /// Whether what the plan leaves behind fits together; nil where it changes too little to ask.
  public var compatibility: Compatibility?
  /// What would bring the bad version back, and whether the plan prevents it; nil: it was not looked for.
  public var quarantine: [PlannedQuarantine]?
  /// Problems that a person accepted by name, with the reason.
  public var accepted: [String: String]

  public init(
    runbook: Runbook, document: String, path: String, service: String, environment: String?, procedure: String,
    directory: String, bindings: RunbookBindings, layers: [String: DeclaredLayer] = [:],
    people: [String: Person] = [:], settings: Settings = Settings(), parameters: [String: String] = [:],
    secrets: [String: SecretReference] = [:], secretVariables: [String] = [],
    sessionVariables: [String: String] = [:], secretSessionVariables: [String: String] = [:], carried: [String] = [],
    stages: [PlannedStage], problems: [Problem] = [], accepted: [String: String] = [:]
  ) {
    self.runbook = runbook
    self.document = document
    self.path = path
    self.service = service
    self.environment = environment
    self.procedure = procedure
    self.directory = directory
    self.bindings = bindings
    self.layers = layers
    self.people = people
    self.settings = settings
    self.parameters = parameters
    self.secrets = secrets
    self.secretVariables = secretVariables
    self.sessionVariables = sessionVariables
    self.secretSessionVariables = secretSessionVariables
    self.carried = carried
    self.stages = stages
    self.problems = problems
    self.accepted = accepted
  }

  public var steps: [PlannedStep] { stages.flatMap(\.steps) }
  public func step(_ id: String) -> PlannedStep? {
    // A step's id begins with its stage's: most stages need not be searched.
    for stage in stages where id.hasPrefix(stage.id) {
      if let step = stage.steps.first(where: { $0.id == id }) { return step }
    }
    return nil
  }

  public enum Verdict: String, Codable, Hashable, Sendable {
    case ready, needsAnswers = "needs-answers", blocked
  }

  /// Problems that block: errors that nobody accepted.
  public var blocking: [Problem] { problems.filter { $0.severity == .error && accepted[$0.name] == nil } }

  /// Every change that could be seen beforehand found what it wants there already.
  public var hasNothingToRollBack: Bool { problems.contains { $0.code == AlreadyThere.nothing } }

  public var verdict: Verdict {
    if !blocking.isEmpty { return .blocked }
    let asks = steps.contains { !$0.asks.isEmpty && $0.skip == nil } || problems.contains { $0.severity == .question }
    return asks ? .needsAnswers : .ready
  }

  /// Covers the document, resolved commands, bindings, effects, reversibility and every offered option, and not what
  /// was measured or answered.
  public var hash: Digest {
    struct Hashed: Encodable {
      var document: String
      var service: String
      var environment: String?
      var procedure: String
      var directory: String
      var bindings: RunbookBindings
      var layers: [String: DeclaredLayer]
      var parameters: [String: String]
      var sessionVariables: [String: String]
      var secretSessionVariables: [String: String]
      var carried: [String]
      var stages: [PlannedStage]
    }
    let bare = stages.map { stage in
      var stage = stage
      stage.steps = stage.steps.map(\.withoutMeasurements)
      return stage
    }
    let hashed = Hashed(
      document: document, service: service, environment: environment, procedure: procedure, directory: directory,
      bindings: bindings, layers: layers, parameters: parameters, sessionVariables: sessionVariables,
      secretSessionVariables: secretSessionVariables, carried: carried, stages: bare)
    // Encoding values made of strings, numbers and arrays cannot fail.
    return (try? Digest(canonical: hashed)) ?? Digest(hex: "")
  }
}

public struct PlannedStage: Codable, Hashable, Sendable {
  public var id: String
  public var title: String
  public var line: Int
  public var risk: Risk?
  public var estimate: Estimate?
  public var optional: Bool
  public var warnings: [String]
  public var choices: [Choice]
  public var steps: [PlannedStep]

  public init(
    id: String, title: String, line: Int, risk: Risk?, estimate: Estimate?, optional: Bool, warnings: [String],
    choices: [Choice], steps: [PlannedStep]
  ) {
    self.id = id
    self.title = title
    self.line = line
    self.risk = risk
    self.estimate = estimate
    self.optional = optional
    self.warnings = warnings
    self.choices = choices
    self.steps = steps
  }
}

/// A step as it would run.
public struct PlannedStep: Codable, Hashable, Sendable {
  public var id: String
  public var stage: String
  public var line: Int
  public var endLine: Int
  public var title: String
  public var kind: Step.Kind
  public var role: Step.Role
  /// The action with its holes filled: what runs. Secrets stand as tokens.
  public var action: Action
  /// The text of `action`; of a manual step, what the person does.
  public var command: String
  public var place: Place
  /// Where the session is expected to be, absolute.
  public var directory: String
  /// One for each command in the statement, in order.
  public var effects: [Effect]
  public var choice: ChoiceMembership?
  public var optional: Bool
  public var interactive: Bool
  public var guards: [Check]
  public var verifications: [Check]
  /// A command of the bindings that reverses the step.
  public var undoCommand: String?
  /// Who must allow this step.
  public var approval: String?
  /// Seconds.
  public var timeout: Int
  public var isRepeatable: Bool
  /// What the bindings say of this step.
  public var binding: StepBinding?
  /// Left out, with this reason.
  public var skip: String?
  /// What will be asked, in order.
  public var asks: [Ask]
  public var estimate: Estimate?
  /// The document's text, where backout.yaml gives another one that runs instead. Not in the hash: both texts are.
  public var writtenAs: String?

  // Measured: not in the hash.
  public var from: String
  public var to: String
  public var keeps: String?
  public var keptBytes: Int
  public var pins: [String: JSONValue]
  public var note: String?

  public init(
    id: String, stage: String, line: Int, endLine: Int, title: String, kind: Step.Kind, role: Step.Role,
    action: Action, command: String, place: Place = .here, directory: String, effects: [Effect] = [],
    choice: ChoiceMembership? = nil, optional: Bool = false, interactive: Bool = false, guards: [Check] = [],
    verifications: [Check] = [], undoCommand: String? = nil, approval: String? = nil, timeout: Int = 900,
    isRepeatable: Bool = false, binding: StepBinding? = nil, skip: String? = nil, asks: [Ask] = [],
    estimate: Estimate? = nil, from: String = "",
    to: String = "", keeps: String? = nil, keptBytes: Int = 0, pins: [String: JSONValue] = [:], note: String? = nil
  ) {
    self.id = id
    self.stage = stage
    self.line = line
    self.endLine = endLine
    self.title = title
    self.kind = kind
    self.role = role
    self.action = action
    self.command = command
    self.place = place
    self.directory = directory
    self.effects = effects
    self.choice = choice
    self.optional = optional
    self.interactive = interactive
    self.guards = guards
    self.verifications = verifications
    self.undoCommand = undoCommand
    self.approval = approval
    self.timeout = timeout
    self.isRepeatable = isRepeatable
    self.binding = binding
    self.skip = skip
    self.asks = asks
    self.estimate = estimate
    self.from = from
    self.to = to
    self.keeps = keeps
    self.keptBytes = keptBytes
    self.pins = pins
    self.note = note
  }

  /// Something that runs, as against something a person does or says.
  public var isExecutable: Bool {
    switch action {
    case .manual, .confirm, .code, .file: false
    case .shell, .sql, .config: !interactive
    }
  }

  /// An item to tick that names who must allow it: their leave is the tick.
  public var isConfirmedByApproval: Bool {
    if case .confirm = action { approval != nil } else { false }
  }

  /// Whether the session's shell runs it: not where one driver makes the change itself.
  public var needsSession: Bool { isExecutable && !(effects.count == 1 && effects.contains(where: \.isNative)) }

  public var changes: Bool { effects.contains { $0.role == .change } }

  /// The weakest of the effects' promises; the declared undo makes `none` and unknown ones `partial`.
  public var reversibility: Reversibility? {
    let promises = effects.filter { $0.role == .change }.map(\.reversibility)
    if promises.isEmpty { return nil }
    if undoCommand != nil, promises != [.exact] { return .partial("by the undo command of backout.yaml") }
    return promises.first { $0.isPointOfNoReturn } ?? promises.first { $0 != .exact } ?? .exact
  }

  var withoutMeasurements: PlannedStep {
    var step = self
    step.writtenAs = nil
    step.from = ""
    step.to = ""
    step.keeps = nil
    step.keptBytes = 0
    step.pins = [:]
    step.note = nil
    return step
  }
}

/// Something a person will be asked.
public struct Ask: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable {
    case approval, confirmation, choice, optional, pointOfNoReturn = "point-of-no-return", problem, failed, unknown
  }
  public var id: String
  public var kind: Kind
  public var question: String
  public var options: [AskOption]

  public init(id: String, kind: Kind, question: String, options: [AskOption]) {
    self.id = id
    self.kind = kind
    self.question = question
    self.options = options
  }

  /// Answers are kept under it: a stage's choice and the stage itself may have the same id.
  public var key: String { Self.key(kind, id) }
  public static func key(_ kind: Kind, _ id: String) -> String { "\(kind.rawValue):\(id)" }

  public static let yesOrNo = [AskOption(id: "yes", title: "yes"), AskOption(id: "no", title: "no")]
}

public struct AskOption: Codable, Hashable, Sendable {
  public var id: String
  public var title: String

  public init(id: String, title: String) {
    self.id = id
    self.title = title
  }
}
