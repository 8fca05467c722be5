import Layer
import PostgresAccess
import Runbook

/// Whether the observed state is the wanted state.
struct Verifying {
  let request: Request
  let context: ReadingContext?
  let before: Observation
  let after: Observation
  let outcome: Outcome?

  func verdict() -> Verdict {
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    if request.changes.isEmpty {
      return after.isObserved ? .proven(after.summary) : .unproven(after.summary)
    }
    if request.needsPsql != nil { return .unproven("psql ran it as written: \(after.summary)") }
    guard after.isObserved else { return .unproven(after.summary) }
    var proofs: [String] = []
    var doubts: [String] = []
    for statement in request.changes {
      switch one(statement) {
      case .proven(let text): proofs.append(text)
      case .unproven(let text): doubts.append(text)
      case .refuted(let text): return .refuted(text)
      }
    }
    if !doubts.isEmpty { return .unproven(doubts.joined(separator: "; ")) }
    return .proven(proofs.joined(separator: "; "))
  }

  private func state(_ name: RelationName, of observation: Observation) -> JSONValue? {
    let suffix = " " + name.text
    return observation.states.first { $0.key.hasPrefix("postgres:") && $0.key.hasSuffix(suffix) }?.value
  }

  private func one(_ statement: Statement) -> Verdict {
    guard let name = statement.relations.first else {
      if let schema = statement.schema {
        let exists = after.states["schema \(schema)"]?.boolValue == true
        return exists == statement.creates
          ? .proven(exists ? "schema \(schema) exists" : "schema \(schema) is gone")
          : .refuted(exists ? "schema \(schema) still exists" : "schema \(schema) does not exist")
      }
      return .unproven("\(statement.summary): nobody can see what it changed")
    }
    let was = state(name, of: before)
    let now = state(name, of: after)
    let isOnly = request.changes.filter { $0.relations.contains(name) }.count == 1
    let isChanged = was != now
    switch statement.kind {
    case .delete:
      guard isOnly, let left = now?["matching"]?.integerValue else { break }
      if was?["matching"]?.integerValue == 0, left == 0 {
        return .proven("nothing to change: no row of \(name.text) matches")
      }
      return left == 0
        ? .proven("no row of \(name.text) matches any more")
        : .refuted("\(left.counted("row of \(name.text) still matches", "rows of \(name.text) still match"))")
    case .update:
      guard isOnly, let matched = was?["matching"]?.integerValue else { break }
      if matched == 0, now?["matching"] == .integer(0) {
        return .proven("nothing to change: no row of \(name.text) matches")
      }
      if let pending = now?["pending"]?.integerValue {
        if pending == 0 { return .proven("\(affected ?? matched) rows of \(name.text) have what was set") }
      } else if now?["matching"] == .integer(0) {
        return .proven("\(affected ?? matched) rows of \(name.text) no longer match")
      }
      if !isChanged { return .refuted("\(name.text) is as it was before") }
      if let affected, affected > 0 { return .proven("\(affected) rows of \(name.text) were changed") }
      return .unproven("\(name.text) differs from before")
    case .truncate:
      return now?["rows"] == .integer(0) ? .proven("\(name.text) is empty") : .refuted("\(name.text) is not empty")
    case .definition: return definition(statement, name, was: was, now: now)
    case .insert:
      if affected == 0 { return .proven("nothing was inserted: the statement selected no row") }
      if !isChanged, outcome != nil { return .refuted("\(name.text) is as it was before") }
      if let affected, isChanged {
        return .proven("\(affected.counted("row")) inserted into \(name.text)")
      }
    default: break
    }
    if isChanged, outcome != nil { return .proven("\(name.text): \(after.summary)") }
    return .unproven(isChanged ? "\(name.text) differs from before" : "\(name.text) is as it was before")
  }

  private var affected: Int? { outcome?.value?.integerValue }

  private func definition(_ statement: Statement, _ name: RelationName, was: JSONValue?, now: JSONValue?) -> Verdict {
    let exists = now?["exists"]?.boolValue == true
    if statement.creates {
      return exists ? .proven("\(name.text) exists") : .refuted("\(name.text) does not exist")
    }
    if was?["definition"] == now?["definition"], was?["exists"] == now?["exists"] {
      // IF EXISTS, or a definition that was there already.
      return outcome != nil
        ? .proven("nothing to change: \(name.text) is as wanted") : .unproven("\(name.text) is as before")
    }
    return .proven(exists ? "the definition of \(name.text) is changed" : "\(name.text) is gone")
  }
}
