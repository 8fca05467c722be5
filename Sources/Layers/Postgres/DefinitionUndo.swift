import Layer
import Runbook

struct DefinitionUndo {
  let connection: PostgresConnection
  let environment: StepEnvironment
  let answer: ConflictAnswer?
  let prefix: String
  let change: KeptChange
  private(set) var conflicts: [Conflict] = []
  private(set) var restored: [String] = []
  private(set) var notRestored: [String] = []
  private(set) var pieces = 0

  init(
    connection: PostgresConnection, environment: StepEnvironment, answer: ConflictAnswer?, prefix: String,
    change: KeptChange
  ) {
    self.connection = connection
    self.environment = environment
    self.answer = answer
    self.prefix = prefix
    self.change = change
  }
  mutating func prepare() async throws {}
  mutating func finish() async throws {}
}
struct OutsideTransaction {
  var request: Request
  var environment: StepEnvironment
  func run() async throws -> Outcome { Outcome(succeeded: false, summary: "") }
}
