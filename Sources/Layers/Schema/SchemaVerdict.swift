import Layer
import PostgresAccess
import Runbook

/// Whether the revision is the target, and the catalog is what that revision's migrations leave.
struct SchemaVerdict {
  let request: SchemaRequest
  let target: String
  let before: Observation
  let after: Observation
  let outcome: Outcome?

  func verdict() -> Verdict {
    guard after.isObserved else { return .unproven(after.summary) }
    guard request.changes else { return .proven(after.summary) }
    guard let now = after.states[target]?["revision"] else { return .unproven(after.summary) }
    guard let wanted = before.states[target]?["to"] else {
      if let outcome, !outcome.succeeded { return .refuted("\(outcome.summary); the database is at \(after.summary)") }
      return now == before.states[target]?["revision"]
        ? .refuted("the database is at \(after.summary), as before")
        : .unproven("the database is at \(after.summary); where it was to go was not known")
    }
    guard now == wanted else {
      let goal = wanted.arrayValue?.compactMap(\.stringValue).joined(separator: ", ") ?? ""
      return .refuted(
        now == before.states[target]?["revision"]
          ? "the database is still at \(after.summary)"
          : "the database is at \(after.summary), wanted \(goal.isEmpty ? "base" : goal)")
    }
    if request.verb == .stamp { return .proven("the database is marked as \(after.summary)") }
    let wants: [SchemaChange.Want] = (try? before.states[target]?["wants"]?.decoded()) ?? []
    guard let connection = request.connection else {
      return request.declared != nil
        ? .proven(after.summary)
        : .unproven("\(after.summary); the catalog was not looked at, since no PostgreSQL connection is bound")
    }
    var proofs: [String] = []
    for want in wants {
      guard let state = after.states["postgres:\(connection) \(want.relation.text)"] else { continue }
      let exists = state["exists"]?.boolValue == true
      let isThere: Bool
      if let column = want.column {
        isThere =
          exists && state["definition"]?.objectValue?.keys.contains { $0.hasSuffix(" column \(column)") } ?? false
      } else {
        isThere = exists
      }
      guard isThere == want.isThere else {
        return .refuted("\(after.summary), but \(want.text) is \(isThere ? "still there" : "not there")")
      }
      proofs.append("\(want.text) is \(isThere ? "there" : "gone")")
    }
    let shown = proofs.prefix(4).joined(separator: ", ") + (proofs.count > 4 ? " and \(proofs.count - 4) more" : "")
    return .proven(shown.isEmpty ? after.summary : "\(after.summary): \(shown)")
  }
}
