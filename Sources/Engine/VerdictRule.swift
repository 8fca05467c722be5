import Layer
import Runbook

/// How several verdicts make one.
enum VerdictRule {
  /// Refuted where any is. Proven where every change is, or where a check of the bindings holds. Otherwise unproven.
  static func combine(
    _ verdicts: [(role: Step.Role, verdict: Verdict)], checks: [(holds: Bool, said: String)], outcome: Outcome?
  ) -> Verdict {
    if let failed = checks.first(where: { !$0.holds }) {
      // A check that does not hold is often only what follows from a command that failed.
      guard let outcome, !outcome.succeeded else { return .refuted(failed.said) }
      let last = outcome.output.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
      return .refuted("\(failed.said); the command itself failed, \(outcome.summary)\(last)")
    }
    for case (_, .refuted(let why)) in verdicts { return .refuted(why) }
    if !checks.isEmpty { return .proven(checks.map(\.said).joined(separator: "; ")) }
    let changes = verdicts.filter { $0.role == .change }
    let relevant = changes.isEmpty ? verdicts : changes
    if relevant.isEmpty { return .unproven("nothing was observed") }
    for case (_, .unproven(let why)) in relevant { return .unproven(why) }
    return .proven(relevant.map(\.verdict.text).joined(separator: "; "))
  }

  /// All happened, all did not, else nobody can say.
  static func combine(_ probes: [Probe]) -> Probe {
    var happened: [String] = []
    var not: [String] = []
    for probe in probes {
      switch probe {
      case .happened(let why): happened.append(why)
      case .notHappened(let why): not.append(why)
      case .undetermined: return probe
      }
    }
    if probes.isEmpty { return .undetermined("nobody saw what it came to") }
    if !not.isEmpty, !happened.isEmpty {
      return .undetermined("done in part: \(happened.joined(separator: "; ")); not: \(not.joined(separator: "; "))")
    }
    return not.isEmpty
      ? .happened(happened.joined(separator: "; ")) : .notHappened(not.joined(separator: "; "))
  }
}
