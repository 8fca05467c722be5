import Runbook

/// What the steps of a run set in its session, as far as their text tells. The session ends with the run, and an undo
/// that comes after it looks for databases and engines where the steps did.
public struct SessionReplay: Sendable {
  public private(set) var variables: [String: String]
  /// Set to what only a shell could tell, and gone with it.
  public private(set) var unknown: Set<String>

  /// - Parameter steps: those that ran, in order.
  public init(of steps: [PlannedStep], from variables: [String: String], in directory: String) {
    var session = SessionSimulation(directory: directory, variables: variables)
    for step in steps {
      guard case .shell(let statement) = step.action else { continue }
      statement.commands.forEach { session.pass($0) }
    }
    self.variables = session.variables
    unknown = session.unknown
  }
}
