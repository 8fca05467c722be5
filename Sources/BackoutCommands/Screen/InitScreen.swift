import Runbook
import RunbookLint

/// The first screen: what was understood of a runbook, how good it is, what is missing, and what to type next.
struct InitScreen {
  var workspace: Workspace
  var linted: LintedFile
  /// What `backout.yaml` lacks, a line each.
  var missing: [String]
  var written: Bool
  /// Other runbooks of the repository, by their paths.
  var others: [String] = []
  /// As the next command names the runbook.
  var name: String

  var text: String {
    let width = min(Console.width, 110)
    let runbook = workspace.runbook
    let grade = "\(workspace.key) · grade \(linted.grade.rawValue)"
    let head = Text.ends(runbook.title, grade, width)
    var lines = [Style.strong.paint(head.left) + head.gap + Style.faint.paint(grade), ""]
    func row(_ label: String, _ texts: [String]) {
      var label = label
      for text in texts.flatMap({ Text.wrap($0, width - 15) }) {
        lines.append("  " + Style.faint.paint(Text.fit(label, 12)) + " " + text)
        label = ""
      }
    }
    row("understood", understood(runbook))
    row("does not run", [leftOut(runbook)].compactMap { $0 })
    row("grade \(linted.grade.rawValue)", reasons)
    row("missing", missing.isEmpty ? ["nothing"] : Self.short(missing, most: 8))
    row(
      written ? "wrote" : "kept", ["\(workspace.bindingsPath)\(written ? "" : ", which was there: it was not touched")"]
    )
    if !others.isEmpty { row("also here", Self.short(others, most: 5)) }
    lines += ["", "  " + next]
    return lines.joined(separator: "\n")
  }

  private var next: String {
    let lint = linted.findings.isEmpty ? "" : "   ·   backout lint \(name) says what is wrong with it"
    let fill = missing.isEmpty ? "" : "fill in backout.yaml, then  "
    let procedures = workspace.runbook.procedures
    // Which of several is meant is said from the plan on.
    let plan =
      procedures.count > 1
      ? "\n        a plan is of one procedure:  backout plan \(name) \(procedures[0].id)" : ""
    return "next  \(fill)\(Style.strong.paint("backout confirm \(name)"))\(Style.faint.paint(lint))"
      + Style.faint.paint(plan)
  }

  private func understood(_ runbook: Runbook) -> [String] {
    var seen: Set<String> = []
    let steps = runbook.procedures.flatMap(\.stages).flatMap(\.steps).filter {
      seen.insert("\($0.line) \($0.text)").inserted
    }
    guard !steps.isEmpty else {
      return ["nothing that runs: no section of it says how to roll back, step by step"]
    }
    let people = steps.count { step in
      switch step.action {
      case .confirm, .manual: true
      default: false
      }
    }
    let commands = steps.count - people
    let changes = steps.filter { $0.role == .change && $0.kind != .manual }.count
    var line =
      "\(Text.count(runbook.procedures.count, "procedure")): "
      + (commands == 0 ? "no commands" : "\(Text.count(commands, "command")), \(changes) of them may change something")
      + "; \(Text.count(people, "thing")) for a person"
    let choices = runbook.procedures.flatMap(\.stages).flatMap(\.choices).count
    if choices > 0 { line += "; \(Text.count(choices, "choice"))" }
    guard runbook.procedures.count > 1 else { return [line] }
    return [line, runbook.procedures.map(\.id).joined(separator: ", ")]
  }

  private func leftOut(_ runbook: Runbook) -> String? {
    guard !runbook.notRun.isEmpty else { return nil }
    let counts = Dictionary(grouping: runbook.notRun, by: \.reason.rawValue).mapValues(\.count)
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) × \($0.key)" }
      .joined(separator: ", ")
  }

  /// The worst things, each once.
  private var reasons: [String] {
    guard !linted.findings.isEmpty else { return ["nothing is wrong with it that can be seen from here"] }
    var lines: [String] = []
    for severity in Finding.Severity.allCases.reversed() where severity > .note {
      let rules = Dictionary(grouping: linted.findings.filter { $0.severity == severity }, by: \.rule)
      guard !rules.isEmpty else { continue }
      let names = rules.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { rule, found in
        found.count > 1 ? "\(rule) × \(found.count)" : rule
      }
      lines.append("\(severity.rawValue)s: \(names.joined(separator: ", "))")
    }
    return lines.isEmpty ? ["small things only"] : lines
  }

  private static func short(_ texts: [String], most: Int) -> [String] {
    texts.count <= most ? texts : Array(texts.prefix(most)) + ["and \(texts.count - most) more"]
  }
}
