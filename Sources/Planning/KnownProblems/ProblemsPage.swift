/// The page of problems, made from the list itself: `docs/problems.md`.
public enum ProblemsPage {
  public static func text(_ areas: [KnownProblems.Area] = KnownProblems.areas) -> String {
    var lines = [
      "# Problems that a plan names", "",
      "Made by `backout plan --problems --markdown`; a test holds that it is current. `backout plan --explain CODE` shows "
        + "one, and takes the name as the plan shows it, too: `4.2:no-op`.", "",
    ]
    lines += rules.flatMap { [$0, ""] }
    lines += areas.map { area in
      "- [\(area.title)](#\(anchor(area.title))): "
        + area.problems.map { "[`\($0.code)`](#\($0.code))" }.joined(separator: ", ")
    }
    for area in areas {
      lines += ["", "## \(area.title)"]
      for problem in area.problems { lines += ["", section(problem)] }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What holds of every problem.
  private static let rules = [
    """
    An **error** would surely fail or destroy: the plan is blocked, and a run does not start, unless it is accepted by its \
    name. A **question** is put by the run before its step. A **warning** may surprise, a **note** is worth knowing; neither \
    stops anything.
    """,
    """
    `--accept STEP:CODE --reason WHY` accepts an error, or says yes to a question beforehand; the reason goes into the \
    record. The step then runs as it stands: accepting makes nothing work that would fail.
    """,
    """
    Where an earlier step of the plan changes what an error or a question is about, it becomes a warning that names that \
    step: the system is only as it is now. What stands in the way to a system (its address, its credentials) stays an error.
    """,
  ]

  /// One problem, whole.
  private static func section(_ problem: KnownProblem) -> String {
    var lines = ["### \(problem.code)", "", problem.meaning, ""]
    lines += problem.occurrences.map { "- **\($0.severity.rawValue)**: \($0.when)" }
    lines += ["", "What to do: \(problem.cure)"]
    return lines.joined(separator: "\n")
  }

  /// As GitHub makes it of a heading.
  private static func anchor(_ title: String) -> String {
    String(title.lowercased().filter { $0.isLetter || $0 == " " }.map { $0 == " " ? "-" : $0 })
  }
}
