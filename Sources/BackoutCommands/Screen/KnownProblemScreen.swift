import Planning
import Runbook

/// `plan --explain`: what a problem means, when it comes and what to do.
struct KnownProblemScreen {
  var problem: KnownProblem

  func lines(_ width: Int) -> [String] {
    var lines = [Style.strong.paint(problem.code), ""]
    lines += Text.wrap(problem.meaning, width - 4).map { "  \($0)" } + [""]
    for occurrence in problem.occurrences {
      for (index, part) in Text.wrap(occurrence.when, width - 16).enumerated() {
        let head = "\(ProblemList.sign(occurrence.severity)) \(Text.fit(occurrence.severity.rawValue, 10))"
        lines.append("  \(index == 0 ? head : String(repeating: " ", count: 12)) \(part)")
      }
    }
    lines += ["", "  " + Style.strong.paint("what to do")]
    return lines + Text.wrap(problem.cure, width - 4).map { "  \($0)" }
  }
}

struct KnownProblemJSON: Encodable {
  struct Occurrence: Encodable {
    var severity: Problem.Severity
    var when: String
  }

  var code: String
  var meaning: String
  var severities: [Occurrence]
  var cure: String

  init(_ problem: KnownProblem) {
    code = problem.code
    meaning = problem.meaning
    severities = problem.occurrences.map { Occurrence(severity: $0.severity, when: $0.when) }
    cure = problem.cure
  }
}
