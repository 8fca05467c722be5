import Foundation
import Runbook
import Testing

@testable import RunbookReading

/// A reading's structure without the document's sentences: ids, lines, kinds, roles, choices, digests of texts.
enum GoldenOutline {
  static func of(_ book: Runbook) -> String {
    var lines: [String] = []
    for procedure in book.procedures {
      lines.append(
        "procedure \(procedure.id) \(procedure.line) \(procedure.risk?.rawValue ?? "-") \(estimate(procedure.estimate))"
      )
      for stage in procedure.stages {
        lines.append(
          " stage \(stage.id) \(stage.line) \(stage.risk?.rawValue ?? "-") \(estimate(stage.estimate))\(stage.optional ? " optional" : "")"
        )
        for choice in stage.choices {
          lines.append(
            "  choice \(choice.id) \(choice.line) \(choice.options.map { "\($0.id):\($0.line)" }.joined(separator: " "))"
          )
        }
        for candidate in stage.guardCandidates { lines.append("  guard \(candidate.line)") }
        for step in stage.steps {
          var flags: [String] = []
          if step.optional { flags.append("optional") }
          if step.interactive { flags.append("interactive") }
          if step.destructive { flags.append("destructive") }
          if let choice = step.choice { flags.append(choice.option) }
          if !step.expectations.isEmpty {
            flags.append("expects:\(step.expectations.map { String($0.line) }.joined(separator: ","))")
          }
          lines.append(
            "  \(step.id) \(step.line)-\(step.endLine) \(step.kind.rawValue) \(step.role.rawValue) \(step.place.label) \(Digest(of: step.text).short) \(flags.joined(separator: " "))"
              .trimmed.indented)
        }
      }
    }
    lines.append(
      "triggers \(book.triggers.map { "\($0.line)\($0.comparison?.rawValue ?? "")\($0.bound.map { String($0) } ?? "")" }.joined(separator: " "))"
        .trimmed)
    lines.append("rules \(book.decisionMatrix.map { String($0.line) }.joined(separator: " "))".trimmed)
    lines.append(
      "contacts \(book.contacts.map { "\($0.line)\($0.escalation.map { "#\($0)" } ?? "")" }.joined(separator: " "))"
        .trimmed)
    lines.append(
      "criteria \(book.criteria.map { "\($0.line)\($0.kind == .task ? "t" : "c")" }.joined(separator: " "))".trimmed)
    lines.append(
      "holes \(book.placeholders.map { "\($0.form.rawValue):\($0.lines.map { String($0) }.joined(separator: ","))\($0.required ? "!" : "")" }.joined(separator: " "))"
        .trimmed)
    lines.append("facts \(book.facts.map { "\($0.line)\($0.kind.rawValue.prefix(3))" }.joined(separator: " "))".trimmed)
    lines.append("notRun \(book.notRun.map { "\($0.line):\($0.reason.rawValue)" }.joined(separator: " "))".trimmed)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func estimate(_ estimate: Estimate?) -> String {
    guard let estimate else { return "-" }
    return "\(estimate.minimum.map(String.init) ?? "")..\(estimate.maximum.map(String.init) ?? "")"
  }
}

extension String {
  fileprivate var indented: String { "  " + self }
}

@Suite struct GoldenTests {
  @Test(.enabled(if: SharedDocuments.folder != nil, "the shared documents are not beside the package"))
  func theSeedsAreReadAsTheyWereCheckedByEye() throws {
    for url in SharedDocuments.seeds {
      let name = String(url.lastPathComponent.prefix(3))
      let book = try RunbookReader().read(try Data(contentsOf: url), named: url.lastPathComponent)
      let wanted = try #require(GoldenReadings.seeds[name])
      #expect(
        GoldenOutline.of(book).split(separator: "\n").map(\.trimmed) == wanted.split(separator: "\n").map(\.trimmed),
        "seed \(name)")
    }
  }
}
