import Foundation
import Runbook

@testable import RunbookReading

/// Whether everything of a document stands in its reading exactly once.
struct Coverage {
  /// "line: what" that stands nowhere.
  var missing: [String] = []
  /// "line: what" that stands in several places.
  var doubled: [String] = []

  init(document text: String, book: Runbook) {
    // Who speaks of which line: a step's line and the checks of it, facts, what does not run. Stages that several
    // procedures share count once.
    var owners: [Int: Set<String>] = [:]
    func own(_ range: ClosedRange<Int>, _ name: String) { for line in range { owners[line, default: []].insert(name) } }
    for procedure in book.procedures {
      for stage in procedure.stages {
        for step in stage.steps {
          own(step.line...max(step.line, step.endLine), "step :\(step.line)\(step.text.prefix(12))")
          for check in step.expectations {
            let count = max(1, check.expectation.contains.count)
            if check.question == .output, check.expectation.prose == nil {
              own(check.line...(check.line + count + 2), "check")
            }
          }
        }
      }
    }
    func lines(_ text: String) -> Int { text.split(separator: "\n", omittingEmptySubsequences: false).count }
    for item in book.notRun { own(item.line...(item.line + lines(item.text) + 2), "notRun :\(item.line)") }
    for fact in book.facts where fact.kind == .template {
      own(fact.line...(fact.line + lines(fact.text) + 2), "fact :\(fact.line)")
    }
    for fact in book.facts where fact.kind == .table {
      own(fact.line...(fact.line + lines(fact.text) + 2), "fact :\(fact.line)")
    }
    for fact in book.facts where fact.kind == .estimate || fact.kind == .expectation {
      own(fact.line...fact.line, "fact :\(fact.line)")
    }
    for rule in book.decisionMatrix { own(rule.line...rule.line, "rule") }
    for contact in book.contacts { own(contact.line...contact.line, "contact") }
    for criterion in book.criteria { own(criterion.line...criterion.line, "criterion") }
    for trigger in book.triggers { own(trigger.line...trigger.line, "trigger") }

    let document = MarkdownDocument(text)
    document.blocks.walk { block in
      switch block.content {
      case .fence(let fence):
        let language = fence.kind
        let isShell = language == .shell || language == .sql
        for (line, text) in fence.lines {
          let body = text.trimmed
          guard !body.isEmpty else { continue }
          // A comment is a title, a note or an option; a command is not to be lost.
          if isShell || language == .config || language != .none,
            body.hasPrefix("#") || body.hasPrefix("--") || body.hasPrefix("//") || body == "\\"
          {
            continue
          }
          if body.allSatisfy({ "`~".contains($0) }) { continue }
          record(line, String(body.prefix(40)), owners)
        }
      case .list(_, let items):
        for item in items where item.isChecked != nil {
          record(item.line, "[ ] " + (item.text?.flat.prefix(40) ?? ""), owners)
        }
      case .table(let table):
        for row in table.rows { record(row.line, "| " + row.cells.joined(separator: " | ").prefix(40), owners) }
      default: break
      }
    }
  }

  private mutating func record(_ line: Int, _ what: String, _ owners: [Int: Set<String>]) {
    let found = owners[line] ?? []
    if found.isEmpty { missing.append("\(line): \(what)") }
    let kinds = Set(found.map { $0.split(separator: " ").first.map(String.init) ?? "" })
    if kinds.count > 1, kinds.contains("step"), kinds.contains("notRun") || kinds.contains("criterion") {
      doubled.append("\(line): \(what) \(found.sorted())")
    }
  }
}
