import Layer
import Planning
import Runbook
import RunbookReading

/// What runs, in which order, and what does not and why: what a person confirms.
struct ReadingScreen {
  var workspace: Workspace
  var environment: String?

  var text: String {
    let runbook = workspace.runbook
    let width = max(60, Console.width)
    var lines = [
      Style.strong.paint(runbook.title), Style.faint.paint("\(workspace.key) · reading \(runbook.digest.short)"), "",
    ]
    let bindings = workspace.bindings.bindings(for: workspace.key, environment: environment)
    let planner = Planner(drivers: drivers, parser: ShellReader(), runner: ProcessRunner())
    var shown: Set<Stage> = []
    for procedure in runbook.procedures {
      let instead = planner.commandsInstead(in: procedure.stages, of: runbook, bindings: bindings)
      lines.append(
        Style.strong.paint("procedure \(procedure.id)") + "  \(procedure.title)"
          + Style.faint.paint("  line \(procedure.line)"))
      let column = min(24, procedure.stages.flatMap(\.steps).map(\.id.count).max() ?? 0) + 1
      for stage in procedure.stages {
        // What several procedures begin or end with.
        if !shown.insert(stage).inserted {
          lines.append(
            "  \(Style.accent.paint(Text.fit(stage.id, 10))) \(stage.title)"
              + Style.faint.paint("  \(Text.count(stage.steps.count, "step")), as above"))
          continue
        }
        let marks = [
          stage.optional ? "asked first" : nil, stage.risk.map { "\($0.rawValue) risk" }, stage.estimate?.text,
        ].compactMap { $0 }
        lines.append(
          "  \(Style.accent.paint(Text.fit(stage.id, 10))) \(stage.title)"
            + Style.faint.paint(marks.isEmpty ? "" : "  " + marks.joined(separator: ", ")))
        for choice in stage.choices {
          lines.append(
            "     \(Style.warn.paint("?")) choose one, or none: "
              + choice.options.map { "\($0.id) (\($0.title))" }.joined(separator: ", "))
        }
        for step in stage.steps { lines += self.lines(step, instead[step.id], column, width) }
      }
      lines.append("")
    }
    if !runbook.notRun.isEmpty {
      lines.append(Style.strong.paint("does not run"))
      for part in runbook.notRun {
        lines.append(
          "  line \(Text.fit(String(part.line), 5))\(Text.fit(part.reason.rawValue, 17)) \(Text.cut(part.text.firstLine, width - 32))"
        )
      }
      lines.append("")
    }
    if !runbook.criteria.isEmpty {
      lines.append(Style.strong.paint("after the run"))
      lines += runbook.criteria.map { criterion in
        "  line \(Text.fit(String(criterion.line), 5))\(Text.fit(criterion.kind == .task ? "to do" : "is watched", 17)) "
          + Text.cut(criterion.text.firstLine, width - 32)
      }
      lines.append("")
    }
    let others = [
      (runbook.triggers.count, "trigger"), (runbook.decisionMatrix.count, "decision rule"),
      (runbook.contacts.count, "contact"), (runbook.facts.count, "note"),
    ].filter { $0.0 > 0 }.map { Text.count($0.0, $0.1) }
    if !others.isEmpty {
      lines += [Style.faint.paint("read, too: \(others.joined(separator: ", ")); backout convert shows them"), ""]
    }
    let commands = workspace.planTimeCommands(environment: environment)
    if !commands.isEmpty {
      lines.append(Style.strong.paint("runs at plan time, to fill in values"))
      lines += commands.map { "  \($0)" } + [""]
    }
    return lines.joined(separator: "\n")
  }

  /// What runs, whole; where backout.yaml replaces what the document says, that stands below.
  private func lines(_ step: Step, _ instead: String?, _ column: Int, _ width: Int) -> [String] {
    guard let instead else { return lines(step, step.text, nil, column, width) }
    let written = Text.cut("instead of \(step.text.firstLine)", width - 28 - column)
    return lines(step, instead, "by backout.yaml", column, width)
      + [String(repeating: " ", count: column + 27) + Style.faint.paint(written)]
  }

  /// Lines of a long script that are shown.
  private static let longest = 12

  private func lines(_ step: Step, _ text: String, _ by: String?, _ column: Int, _ width: Int) -> [String] {
    let option = step.choice.map { "[\($0.option)] " } ?? ""
    let who: String =
      switch step.action {
      case .confirm: "a person confirms"
      case .manual: "a person does"
      case .code(let language, _): "\(language), only where bound"
      case .file: "defines a file"
      default: step.role == .observe ? "looks" : step.destructive ? "destroys" : "changes"
      }
    let place = step.place == .here ? "" : " " + Wording.place(step.place)
    // The end of an id tells one step from another.
    let id = step.id.count <= column ? step.id : "…" + step.id.suffix(column - 1)
    let start = "     \(Text.fit(id, column)) \(Text.fit(by ?? who + place, 20)) \(option)"
    let room = width - 28 - column - option.count
    var rows = Text.wrap(text.trimmingCharacters(in: .newlines), room)
    if rows.count > Self.longest {
      rows = rows.prefix(Self.longest - 1) + ["… and \(rows.count - Self.longest + 1) lines more"]
    }
    let below = String(repeating: " ", count: column + 27)
    var notes = step.expectations.map { "expects " + ($0.expectation.prose ?? Wording.check($0, room)) }
    if step.optional {
      notes.insert("asked first" + (step.title == text.firstLine ? "" : ": \(step.title)"), at: 0)
    }
    return rows.enumerated().map { ($0 == 0 ? start : below + "  ") + $1 }
      + notes.flatMap { Text.wrap($0, room) }.map { below + Style.faint.paint("  " + $0) }
  }
}
