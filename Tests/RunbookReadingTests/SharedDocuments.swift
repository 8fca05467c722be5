import Foundation
import Runbook

@testable import RunbookReading

/// The seeds and the corpus, which stand beside the package and are no part of it.
enum SharedDocuments {
  static let folder: URL? = {
    if let given = ProcessInfo.processInfo.environment["BACKOUT_SHARED"] { return URL(fileURLWithPath: given) }
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/", !FileManager.default.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
      root.deleteLastPathComponent()
    }
    let folder = root.deletingLastPathComponent().appendingPathComponent("shared")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  static func documents(_ name: String, ending: String) -> [URL] {
    guard let folder else { return [] }
    let found = try? FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent(name), includingPropertiesForKeys: nil)
    return (found ?? []).filter { $0.pathExtension == ending && $0.lastPathComponent != "README.md" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  static var seeds: [URL] { documents("seeds", ending: "txt") }
  static var corpus: [URL] { documents("corpus", ending: "md") }
}

/// A reading as text, for eyes.
enum Outline {
  static func of(_ book: Runbook) -> String {
    var lines = ["TITLE \(book.title)"]
    func short(_ text: String) -> String { text.replacingOccurrences(of: "\n", with: "⏎").prefix(100).description }
    for procedure in book.procedures {
      lines.append(
        "PROCEDURE \(procedure.id) :\(procedure.line) risk=\(procedure.risk?.rawValue ?? "-") est=\(procedure.estimate?.text ?? "-") \(procedure.title) symptoms=\(procedure.symptoms.count)"
      )
      for stage in procedure.stages {
        lines.append(
          "  STAGE \(stage.id) :\(stage.line) risk=\(stage.risk?.rawValue ?? "-") est=\(stage.estimate.map { "\($0.minimum.map(String.init) ?? "")..\($0.maximum.map(String.init) ?? "")" } ?? "-")\(stage.optional ? " OPTIONAL" : "") \(stage.title)"
        )
        for warning in stage.warnings { lines.append("    warning \(short(warning))") }
        for guardCandidate in stage.guardCandidates {
          lines.append("    guard :\(guardCandidate.line) \(short(guardCandidate.text))")
        }
        for choice in stage.choices {
          lines.append(
            "    CHOICE \(choice.id) :\(choice.line) \(short(choice.question)) \(choice.options.map { "\($0.id):\($0.line) \($0.title)" })"
          )
        }
        for step in stage.steps {
          var flags: [String] = []
          if step.optional { flags.append("optional") }
          if step.interactive { flags.append("interactive") }
          if step.destructive { flags.append("destructive") }
          if let choice = step.choice { flags.append("\(choice.choice)=\(choice.option)") }
          if step.place != .here { flags.append("@\(step.place.label)") }
          if case .shell(let statement) = step.action, statement.isOpaque { flags.append("OPAQUE") }
          lines.append(
            "    \(step.id) :\(step.line)-\(step.endLine) \(step.kind.rawValue)/\(step.role.rawValue) \(flags.joined(separator: " ")) «\(step.title)» \(short(step.text))"
          )
          for check in step.expectations { lines.append("        expect :\(check.line) \(check.expectation.text)") }
        }
      }
    }
    for trigger in book.triggers {
      lines.append(
        "TRIGGER :\(trigger.line) \(trigger.text) [\(trigger.quantity ?? "-") \(trigger.comparison?.rawValue ?? "") \(trigger.bound.map { "\($0)" } ?? "") \(trigger.unit ?? "") \(trigger.window.map(String.init) ?? "")]"
      )
    }
    for rule in book.decisionMatrix { lines.append("RULE :\(rule.line) \(rule)") }
    for contact in book.contacts {
      lines.append(
        "CONTACT :\(contact.line) \(contact.role) / \(contact.detail ?? "-") / \(contact.escalation.map(String.init) ?? "-")"
      )
    }
    for criterion in book.criteria {
      lines.append(
        "CRITERION :\(criterion.line) \(criterion.kind.rawValue) \(short(criterion.text)) \(criterion.comparison?.rawValue ?? "") \(criterion.bound.map { "\($0)" } ?? "") \(criterion.unit ?? "") \(criterion.duration?.text ?? "")"
      )
    }
    for placeholder in book.placeholders {
      lines.append(
        "HOLE \(placeholder.spelling) \(placeholder.name) \(placeholder.form.rawValue) \(placeholder.lines) required=\(placeholder.required)"
      )
    }
    for fact in book.facts { lines.append("FACT :\(fact.line) \(fact.kind.rawValue) \(short(fact.text))") }
    for item in book.notRun { lines.append("NOTRUN :\(item.line) \(item.reason.rawValue) \(short(item.text))") }
    return lines.joined(separator: "\n")
  }
}
