import Runbook

/// What a plan is asked for: a reading, its bindings, and what the command line says.
public struct PlanningRequest: Sendable {
  public var runbook: Runbook
  /// The document's text.
  public var document: String
  /// Of the document, absolute.
  public var path: String
  /// Under which the bindings know the document; nil: its own name.
  public var key: String?
  public var bindings: Bindings
  public var environment: String?
  /// Nil: the runbook's only one.
  public var procedure: String?
  /// `--choose`: choice id → option id, or `none`.
  public var choices: [String: String]
  /// `--set`: parameter → value.
  public var set: [String: String]
  /// `--accept`: problem name → reason.
  public var accepted: [String: String]
  /// Of the process.
  public var variables: [String: String]
  /// The git root of the runbook's folder, or that folder; absolute.
  public var directory: String
  public var service: String
  /// False: a plan of the text alone. Nothing is looked at, but `from:` commands run.
  public var observes: Bool
  /// `--only`: a stage's id.
  public var only: String?
  /// `--from`: a step's id.
  public var from: String?
  /// Bytes free where before-images will lie; nil: not known.
  public var freeBytes: Int?
  /// `--without-keep`: step id → reason.
  public var withoutKeep: [String: String]
  /// `--quarantine`: names of offers that are taken, or `all`.
  public var quarantine: [String]

  public init(
    runbook: Runbook, document: String, path: String, key: String? = nil, bindings: Bindings = Bindings(),
    environment: String? = nil,
    procedure: String? = nil, choices: [String: String] = [:], set: [String: String] = [:],
    accepted: [String: String] = [:], variables: [String: String] = [:], directory: String, service: String,
    observes: Bool = true, only: String? = nil, from: String? = nil, freeBytes: Int? = nil,
    withoutKeep: [String: String] = [:], quarantine: [String] = []
  ) {
    self.runbook = runbook
    self.document = document
    self.path = path
    self.key = key
    self.bindings = bindings
    self.environment = environment
    self.procedure = procedure
    self.choices = choices
    self.set = set
    self.accepted = accepted
    self.variables = variables
    self.directory = directory
    self.service = service
    self.observes = observes
    self.only = only
    self.from = from
    self.freeBytes = freeBytes
    self.withoutKeep = withoutKeep
    self.quarantine = quarantine
  }

  /// The runbook, and what stands beside it or in the repository's root: bindings and lock.
  var ownFiles: Set<String> {
    let folders = [path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }, directory]
    return Set(
      ([path] + folders.flatMap { ["\($0)/backout.yaml", "\($0)/backout.lock"] }).map(AlreadyThere.resolved))
  }

  mutating func takeIDs(from names: ShownNames) {
    choices = names.ids(choices)
    accepted = names.ids(accepted)
    withoutKeep = names.ids(withoutKeep)
    only = only.map(names.id)
    from = from.map(names.id)
  }

  /// The bindings in force for this document, with the overlay on top. Throws where the environment is unknown.
  func bindingsInForce() throws(PlanningError) -> RunbookBindings {
    if let environment, bindings.environments[environment] == nil {
      throw .environmentUnknown(environment, known: Array(bindings.environments.keys))
    }
    let names = [
      runbook.source, path.dropping(prefix: directory + "/") ?? path,
      path.split(separator: "/").last.map(String.init) ?? path,
    ]
    let name = key ?? names.first { bindings.runbooks[$0] != nil } ?? runbook.source
    return bindings.bindings(for: name, environment: environment)
  }
}
