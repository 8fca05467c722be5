import Layer
import Runbook

/// Whether databases are what a backup holds: decided by the rows and definitions that are there.
struct BackupVerdict {
  let parameters: BackupParameters
  let before: Observation
  let after: Observation
  let outcome: Outcome?

  var verdict: Verdict {
    guard after.isObserved else {
      if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
      return .unproven(after.summary)
    }
    return switch parameters.verb {
    case .look: .unproven("it only looks")
    case .dump, .dumpAll: dumped
    case .create: created
    case .drop: dropped
    case .restore, .load: restored
    }
  }

  private var targets: [String] { after.states.keys.filter { $0.hasPrefix("postgres:") }.sorted() }

  private func exists(_ observation: Observation) -> Bool {
    observation.isObserved && targets.allSatisfy { observation.states[$0]?["exists"] == true }
  }

  private var created: Verdict {
    let name = parameters.database ?? ""
    guard exists(after) else { return .refuted("\(name) is not there") }
    return exists(before) ? .unproven("\(name) was there already: nothing was made") : .proven("\(name) is there")
  }

  private var dropped: Verdict {
    let name = parameters.database ?? ""
    if exists(after) { return .refuted("\(name) is still there") }
    return exists(before) ? .proven("\(name) is gone") : .unproven("\(name) was not there: nothing was dropped")
  }

  private var dumped: Verdict {
    guard let file = after.states["backup"], let kind = file["kind"]?.stringValue, kind != "missing" else {
      return .refuted("no dump was written")
    }
    if kind == "empty" { return .refuted("the dump is empty") }
    if file["whole"] == false { return .refuted("the dump cannot be read to its end") }
    let tables = file["parts"]?[""]?.tableRows ?? [:]
    guard file["whole"] == true else { return .unproven("the dump is there; it is too large to be read at each look") }
    let isSame = before.states["backup"] == after.states["backup"] && before.isSameState(as: after)
    return .proven(
      "\(isSame ? "already there: " : "")the dump can be read to its end: \(tables.count.counted("table")), "
        + tables.values.reduce(0, +).counted("row"))
  }

  // MARK: Restores

  private var restored: Verdict {
    guard let backup = before.states["backup"] ?? after.states["backup"], backup != .null else {
      return .unproven("what the backup holds was not seen; now \(after.summary)")
    }
    switch backup["kind"]?.stringValue {
    case "empty": return .refuted("the backup is empty: nothing was restored")
    case "missing": return .refuted("the backup is not there: nothing was restored")
    default: break
    }
    var wrong: [String] = []
    var tables = 0
    var rows = 0
    var uncounted = 0
    for target in targets {
      guard let state = after.states[target], state["exists"] == true else {
        wrong.append("\(name(target)) is not there")
        continue
      }
      guard let part = backup["parts"]?[target] else { continue }
      wrong += missing(part, in: state)
      for (table, wanted) in part["tables"]?.objectValue ?? [:] {
        tables += 1
        guard let count = wanted["rows"]?.integerValue, state.tableRows[table] != nil || state["tables"]?[table] == nil
        else {
          uncounted += 1
          continue
        }
        rows += count
      }
      wrong += faults(of: state, before: before.states[target], backup: backup)
    }
    if !wrong.isEmpty { return .refuted(Wording.list(wrong, limit: 6)) }
    guard tables > 0 || targets.contains(where: { backup["parts"]?[$0]?["entries"]?.strings.isEmpty == false }) else {
      return .unproven("what it brings cannot be counted; now \(after.summary)")
    }
    if uncounted > 0 {
      return .unproven(
        "\(uncounted.counted("table")) of \(tables) could not be counted, the rest is as in the backup")
    }
    if backup["whole"] != true { return .unproven("the backup was not read to its end; now \(after.summary)") }
    let ended = outcome.map { $0.succeeded ? "" : ", though it ended with \($0.exitStatus ?? 1)" } ?? ""
    let isSame = before.isSameState(as: after)
    return .proven(
      "\(isSame ? "already there: " : "")\(tables.counted("table")), \(rows.counted("row")) as in the backup"
        + ended)
  }

  /// What the backup has and the database has not: psql goes on after an error, and ends with 0.
  private func missing(_ part: JSONValue, in state: JSONValue) -> [String] {
    let there = Set(state["entries"]?.strings ?? [])
    var wrong = (part["entries"]?.strings ?? []).filter { !there.contains($0) }.map { "\($0) is missing" }
    let counts = state.tableRows
    for (table, wanted) in (part["tables"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard state["tables"]?[table] != nil else {
        wrong.append("table \(table) is missing")
        continue
      }
      guard let count = wanted["rows"]?.integerValue, let present = counts[table], present != count else { continue }
      wrong.append("\(table) has \(present.counted("row")), the backup \(count)")
    }
    return wrong
  }

  private func faults(of state: JSONValue, before: JSONValue?, backup: JSONValue) -> [String] {
    let known = Set(before?["behind"]?.strings ?? [])
    var wrong = (state["behind"]?.strings ?? []).filter { !known.contains($0) }
      .map { "the sequence \($0) is behind its column" }
    if backup["not valid"] == false {
      let old = Set(before?["not valid"]?.strings ?? [])
      wrong += (state["not valid"]?.strings ?? []).filter { !old.contains($0) }.map {
        "the constraint \($0) is not valid"
      }
    }
    return wrong
  }

  private func name(_ target: String) -> String { target.split(separator: "/").last.map(String.init) ?? target }
}
