/// Every code that a plan can report, wherever it is reported: a test compares the list with the sources.
public enum KnownProblems {
  /// What a person would look under.
  public struct Area: Hashable, Sendable {
    public var title: String
    public var problems: [KnownProblem]

    init(_ title: String, _ problems: [KnownProblem]) {
      self.title = title
      self.problems = problems
    }
  }

  public static let areas = [
    bindings, plan, checks, commands, git, files, database, migrations, backups, containers, requests, others,
  ]

  public static var all: [KnownProblem] { areas.flatMap(\.problems) }

  /// By its code, or by a problem's name as the plan shows it: `4.2:local-changes-in-the-way`.
  public static func find(_ name: String) -> KnownProblem? {
    let code = code(of: name)
    return all.first { $0.code == code }
  }

  /// The code in a problem's name.
  public static func code(of name: String) -> String {
    name.lastIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
  }
}
