import BackoutTestKit
import Engine
import Foundation
import Testing

/// `docs/state-machine.md` against the code: what it draws is what simulated runs do, no more and no less.
@Suite struct StateMachinePageTests {
  typealias Transition = SimulationResult.Transition

  /// The rows of the table under `## heading`: state, event, next state.
  private func table(under heading: String) throws -> [Transition] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/state-machine.md"), encoding: .utf8)
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "## \(heading)"))
    let rows = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("|") }.dropFirst(2)
    return try rows.flatMap { row in
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count >= 3, "\(row)")
      // A row may name several states from which the event leads to the same one.
      return cells[0].split(separator: ", ").map { Transition(from: String($0), event: cells[1], to: cells[2]) }
    }
  }

  private func compare(_ drawn: [Transition], _ observed: Set<Transition>) {
    #expect(Set(drawn).count == drawn.count, "the page says something twice")
    for transition in observed.subtracting(drawn).sorted() {
      Issue.record("missing on the page: | \(transition) |")
    }
    for transition in Set(drawn).subtracting(observed).sorted() {
      Issue.record("on the page, but no run does it: | \(transition) |")
    }
  }

  @Test("The page draws exactly what steps and runs do")
  func transitions() async throws {
    let result = await Simulator.run(seeds: 1...6000)
    compare(try table(under: "A step"), result.stepTransitions)
    compare(try table(under: "A run"), result.runTransitions)
  }

  @Test("The page has every state, and no other")
  func states() throws {
    let steps = try table(under: "A step").flatMap { [$0.from, $0.to] }
    #expect(Set(steps) == Set(StepState.allCases.map(\.rawValue)))
    let runs = try table(under: "A run").flatMap { [$0.from, $0.to] }
    #expect(Set(runs) == Set(RunStatus.allCases.map(\.rawValue)))
  }
}
