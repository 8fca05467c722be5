import Foundation
import Runbook

@testable import RunbookReading

enum MarkdownInvariants {
  /// Every document is read, twice the same, with lines that it has; its YAML form is the equal runbook.
  static func check(document bytes: [UInt8]) throws {
    let data = Data(bytes)
    let book = try RunbookReader().read(data, named: "ROLLBACK.md")
    let count = Lines.count(Lines.unified(String(decoding: bytes, as: UTF8.self)))
    try lines(of: book, upTo: count)
    try identifiers(of: book)

    // As often as not, by the bytes themselves, so that a finding replays: a reading costs several processes.
    if bytes.reduce(0 as UInt8, &+) & 1 == 0 {
      let again = try RunbookReader().read(data, named: "ROLLBACK.md")
      try Broken.unless(again == book && again.digest == book.digest, "two readings of the same bytes differ")
    }
    let yaml = try YAMLRunbook.text(of: book)
    let back = try YAMLRunbook.runbook(from: yaml, named: "runbook.yaml")
    try Broken.unless(back == book, "the YAML form says another runbook: \(difference(book, back))")
    try Broken.unless(back.digest == book.digest, "the YAML form has another digest")
  }

  static func lines(of book: Runbook, upTo count: Int) throws {
    func within(_ line: Int, _ what: @autoclosure () -> String) throws {
      try Broken.unless((1...count).contains(line), "\(what()): line \(line) of \(count)")
    }
    for procedure in book.procedures {
      try within(procedure.line, "procedure \(procedure.id)")
      for stage in procedure.stages {
        try within(stage.line, "stage \(stage.id)")
        for choice in stage.choices {
          try within(choice.line, "choice \(choice.id)")
          for option in choice.options { try within(option.line, "option \(option.id)") }
        }
        for candidate in stage.guardCandidates { try within(candidate.line, "guard \(candidate.text)") }
        for step in stage.steps {
          try within(step.line, "step \(step.id)")
          try within(step.endLine, "the end of step \(step.id)")
          try Broken.unless(step.line <= step.endLine, "step \(step.id) ends before it begins")
          for check in step.expectations { try within(check.line, "a check of step \(step.id)") }
        }
      }
    }
    for trigger in book.triggers { try within(trigger.line, "trigger \(trigger.text)") }
    for rule in book.decisionMatrix { try within(rule.line, "a rule") }
    for contact in book.contacts { try within(contact.line, "contact \(contact.role)") }
    for criterion in book.criteria { try within(criterion.line, "criterion \(criterion.text)") }
    for fact in book.facts { try within(fact.line, "fact \(fact.text)") }
    for item in book.notRun { try within(item.line, "not run: \(item.text)") }
    for hole in book.placeholders { for line in hole.lines { try within(line, "hole \(hole.spelling)") } }
  }

  /// A step is named on the command line: no two may have one name.
  private static func identifiers(of book: Runbook) throws {
    let procedures = book.procedures.map(\.id)
    try Broken.unless(Set(procedures).count == procedures.count, "two procedures have one id: \(procedures)")
    for procedure in book.procedures {
      let steps = procedure.stages.flatMap(\.steps).map(\.id)
      try Broken.unless(Set(steps).count == steps.count, "two steps of \(procedure.id) have one id")
    }
  }

  private static func difference(_ left: Runbook, _ right: Runbook) -> String {
    for (name, one, other) in [
      ("title", "\(left.title)", "\(right.title)"), ("procedures", "\(left.procedures)", "\(right.procedures)"),
      ("triggers", "\(left.triggers)", "\(right.triggers)"), ("facts", "\(left.facts)", "\(right.facts)"),
      ("criteria", "\(left.criteria)", "\(right.criteria)"), ("contacts", "\(left.contacts)", "\(right.contacts)"),
      ("not run", "\(left.notRun)", "\(right.notRun)"),
      ("placeholders", "\(left.placeholders)", "\(right.placeholders)"),
    ] where one != other {
      let same = zip(one, other).prefix { $0 == $1 }.count
      return "\(name): …\(one.dropFirst(max(0, same - 40)).prefix(120))… is …"
        + "\(other.dropFirst(max(0, same - 40)).prefix(120))…"
    }
    return "in what is not printed here"
  }

  /// The blocks stand within the document, in order, and within the blocks that hold them.
  static func check(blocks bytes: [UInt8]) throws {
    let text = Lines.unified(String(decoding: bytes, as: UTF8.self))
    let document = MarkdownDocument(text)
    let count = Lines.count(text)
    try check(document.blocks, in: 1...count, depth: 0)
    if let frontMatter = document.frontMatter {
      try Broken.unless(Lines.count(frontMatter) <= count, "front matter is longer than the document")
    }
    let again = MarkdownDocument(text)
    // A fence's attributes are a dictionary, which prints in any order: the same bytes, whatever their order.
    try Broken.unless(
      "\(again)".utf8.sorted() == "\(document)".utf8.sorted(), "two parses of the same text differ")
  }

  private static func check(_ blocks: [Block], in lines: ClosedRange<Int>, depth: Int) throws {
    try Broken.unless(depth <= MarkdownDocument.maximumDepth + 1, "blocks are nested \(depth) deep")
    var last = lines.lowerBound
    for block in blocks {
      try Broken.unless(
        lines.contains(block.line) && block.endLine >= block.line && block.endLine <= lines.upperBound,
        "a block on \(block.line)-\(block.endLine) of \(lines): \("\(block.content)".prefix(80))")
      try Broken.unless(block.line >= last, "a block on \(block.line) follows one on \(last)")
      last = block.line
      switch block.content {
      case .list(_, let items):
        for item in items {
          try Broken.unless(lines.contains(item.line), "an item on \(item.line) of \(lines)")
          try check(item.blocks, in: lines, depth: depth + 1)
        }
      case .quote(let inner): try check(inner, in: lines, depth: depth + 1)
      case .fence(let fence):
        for (line, _) in fence.lines {
          try Broken.unless(lines.contains(line), "a fence's line \(line) of \(lines)")
        }
      case .table(let table):
        for row in table.rows { try Broken.unless(lines.contains(row.line), "a row on \(row.line) of \(lines)") }
      default: break
      }
    }
  }
}
