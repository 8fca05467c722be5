import BackoutCommands
import Foundation
import Layer
import ReadingScore
import Runbook
import RunbookReading

/// How well the reader reads: `script/score-reading` says what it is called with.
@main
struct Main {
  static func main() throws {
    var arguments = Array(CommandLine.arguments.dropFirst())
    func flag(_ name: String) -> Bool {
      guard let index = arguments.firstIndex(of: name) else { return false }
      arguments.remove(at: index)
      return true
    }
    let showsMisses = flag("--misses")
    let outlines = flag("--outline")
    let measures = flag("--speed")
    guard arguments.count >= 2 else {
      FileHandle.standardError.write(Data("usage: backout-score [--misses] DOCUMENTS LABELS [ID ...]\n".utf8))
      exit(2)
    }
    let documents = URL(fileURLWithPath: arguments[0])
    let labels = URL(fileURLWithPath: arguments[1])
    let wanted = Set(arguments.dropFirst(2))
    let names = try FileManager.default.contentsOfDirectory(atPath: documents.path)
      .filter { $0.hasSuffix(".md") && $0 != "README.md" }.map { String($0.dropLast(3)) }.sorted()
      .filter { wanted.isEmpty || wanted.contains($0) }

    let reader = RunbookReader()
    var books: [(id: String, text: String, book: Runbook)] = []
    let clock = ContinuousClock()
    var texts: [(String, Data)] = []
    for name in names { texts.append((name, try Data(contentsOf: documents.appendingPathComponent(name + ".md")))) }
    let start = clock.now
    for (name, text) in texts {
      books.append((name, String(decoding: text, as: UTF8.self), try reader.read(text, named: "ROLLBACK.md")))
    }
    let elapsed = clock.now - start

    if outlines {
      for (id, _, book) in books { outline(id, book) }
      return
    }
    table(books, labels: labels, showsMisses: showsMisses)
    commands(books)
    if measures {
      let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
      print("speed: \(books.count) documents in \(elapsed), \(Int(Double(books.count) / seconds)) a second")
    }
  }

  // MARK: The table

  private static func table(_ books: [(id: String, text: String, book: Runbook)], labels: URL, showsMisses: Bool) {
    var total = ReadingScore()
    var misses: [String] = []
    print(row("", total.shares.map(\.name) + ["prose"]))
    for (id, document, book) in books {
      let file = labels.appendingPathComponent(id + ".labels")
      guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
      let parsed = ReadingLabels(text)
      for fault in parsed.faults { print("\(id): not a label: \(fault)") }
      let score = ReadingScore(book, labels: parsed, document: document)
      print(row(id, score.shares.map { cell($0.share) } + [String(score.prose)]))
      misses += score.misses.map { "\(id):\($0.line)  expected \($0.expected)  read \($0.read)" }
      total += score
    }
    print(row("total", total.shares.map { cell($0.share) } + [String(total.prose)]))
    print(row("", total.shares.map { percent($0.share) }))
    if showsMisses { print("\n" + misses.joined(separator: "\n")) }
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    func padded(_ text: String) -> String { String(repeating: " ", count: max(1, 13 - text.count)) + text }
    return name + String(repeating: " ", count: max(1, 6 - name.count)) + cells.map(padded).joined()
  }

  private static func cell(_ share: ReadingScore.Share) -> String {
    share.all == 0 ? "-" : "\(share.right)/\(share.all)"
  }

  private static func percent(_ share: ReadingScore.Share) -> String {
    let tenths = Int((share.value * 1000).rounded(.down))
    return "\(tenths / 10).\(tenths % 10) %"
  }

  // MARK: Commands

  /// Which share of the commands that run somebody other than the plain shell understands.
  private static func commands(_ books: [(id: String, text: String, book: Runbook)]) {
    var known = 0
    var all = 0
    var unknown: [String: Int] = [:]
    for (_, _, book) in books {
      var seen: Set<Int> = []
      for step in book.procedures.flatMap(\.stages).flatMap(\.steps) where seen.insert(step.line).inserted {
        guard case .shell(let statement) = step.action else { continue }
        for command in statement.commands where !command.words.isEmpty {
          let effect = drivers.recognise(.command(command), in: ReadingContext(directory: "/srv/app"))
          all += 1
          if let effect, effect.layer != .unknown {
            known += 1
          } else {
            unknown[command.name ?? "?", default: 0] += 1
          }
        }
      }
    }
    let most = unknown.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12).map { "\($0.key) \($0.value)" }
    print("\ncommands that a driver other than the plain shell recognises: \(known) of \(all)")
    print("the others are most often: \(most.joined(separator: ", "))")
  }

  // MARK: Outlines

  private static func outline(_ id: String, _ book: Runbook) {
    print("== \(id) \(book.title)")
    for procedure in book.procedures {
      print("PROCEDURE \(procedure.id) :\(procedure.line) \(procedure.title)")
      for stage in procedure.stages {
        print(" STAGE \(stage.id) :\(stage.line)\(stage.optional ? " optional" : "") \(stage.title)")
        for step in stage.steps {
          let choice = step.choice.map { " \($0.choice)=\($0.option)" } ?? ""
          print(
            "  :\(step.line)-\(step.endLine) \(step.kind.rawValue)/\(step.role.rawValue)\(choice)\(step.optional ? " optional" : "") \(step.text.prefix(90).replacing("\n", with: "⏎"))"
          )
        }
      }
    }
    for item in book.notRun {
      print("NOT :\(item.line) \(item.reason.rawValue) \(item.text.prefix(90).replacing("\n", with: "⏎"))")
    }
  }
}
