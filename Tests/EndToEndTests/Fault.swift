import Foundation
import Testing

/// Something planted in a world, and the problem that must name it before anything is changed.
struct Fault: Sendable, CustomTestStringConvertible {
  /// Nil: what `options` say is the fault.
  var name: String?
  var argument: String?
  /// What is broken: of a world that knows several breaks.
  var broken: String?
  var procedure = "full"
  /// What `plan` is told besides: a fault of one option shows as an error where that option is chosen.
  var choose: [String] = []
  var options: [String] = []
  var step: String?
  /// What the runbook's line begins with.
  var line: String?
  var code: String
  /// `question`: the run asks before it goes on.
  var severity = "error"
  /// Must stand in the message.
  var names: String

  var testDescription: String {
    ([name, argument].compactMap(\.self) + (name == nil ? options : []) + ["of \(procedure)"]).joined(separator: " ")
  }

  fileprivate var words: [String] { choose.flatMap { ["--choose", $0] } + options }

  fileprivate func isNamed(by problem: FaultWorld.Problem) -> Bool {
    problem.severity == severity && problem.step == step && problem.code == code && problem.message.contains(names)
  }
}

extension FaultWorld {
  /// Nothing is wrong but what is asked anyway.
  func expectGood(_ procedure: String = "full", asking: Bool, except known: [String] = []) async throws {
    let before = try await state()
    let (status, plan) = try await plan(procedure: procedure)
    #expect(try await state() == before, "planning changed the world")
    #expect(status == 0 && plan.verdict == (asking ? "needs-answers" : "ready"))
    #expect(plan.problems.filter { $0.severity != "note" && !known.contains($0.code) }.map(\.shown) == [])
  }

  /// All of them planted, one plan names each and changes nothing; without them it names none.
  func expectNamed(_ faults: [Fault], thenGood: Bool = false) async throws {
    let first = try #require(faults.first)
    try await reset(to: first.broken)
    for fault in faults {
      guard let name = fault.name else { continue }
      guard try await plant(name, fault.argument) else {
        print("\(fault.testDescription) cannot be planted on this machine: skipped")
        return
      }
    }
    let words = faults.flatMap(\.words)
    let (status, plan) = try await plan(words, procedure: first.procedure)
    let blocks = faults.contains { $0.severity == "error" }
    let shown = plan.problems.map(\.shown).joined(separator: "\n")
    #expect(status == (blocks ? 3 : 0) && plan.verdict == (blocks ? "blocked" : "needs-answers"), "\(shown)")
    for fault in faults {
      let problem = try #require(plan.problems.first(where: fault.isNamed), "\(fault): \(shown)")
      #expect(!problem.message.contains("\n"))
      guard let wanted = fault.line else { continue }
      let line = try line(try #require(problem.line))
      #expect(line.trimmingCharacters(in: .whitespaces).hasPrefix(wanted), "line \(problem.line ?? 0): \(line)")
    }
    guard thenGood else { return }
    try await reset()
    let good = try await self.plan(faults.filter { $0.name != nil }.flatMap(\.words), procedure: first.procedure)
    #expect(good.status == 0)
    let left = good.plan.problems.filter { problem in
      problem.severity == "error" || faults.contains { $0.isNamed(by: problem) }
    }
    #expect(left.map(\.shown) == [])
  }

  /// While a run waits for its first answer, the plan and a second run name it; after it they do not.
  func expectOneRunAtATime(of service: String) async throws {
    try await reset()
    let words = ["run", runbook, "--procedure", "full", "-y", "--non-interactive"]
    let run = try await backout(words)
    #expect(run.status == 4, "\(run.all)")
    let (status, plan) = try await plan()
    let problem = try #require(plan.problems.first { $0.code == "run-in-progress" })
    #expect(status == 3 && plan.verdict == "blocked" && problem.severity == "error")
    #expect(problem.message.contains(service) && problem.message.contains("backout resume"))
    let second = try await backout(words)
    #expect(second.status != 0 && second.says(service), "\(second.all)")
    // Ends the session's host, too.
    let abort = try await backout(["abort"])
    #expect(abort.status == 0, "\(abort.all)")
    #expect(try await self.plan().status == 0)
  }

  /// A run with this fault does not start, says why, and changes nothing.
  func expectBlockedRun(by fault: String, saying why: String) async throws {
    try await reset()
    _ = try await plant(fault)
    let before = try await state()
    let run = try await backout(["run", runbook, "--procedure", "full", "-y", "--non-interactive"])
    #expect(run.status == 3 && run.says(why), "\(run.all)")
    #expect(try await state() == before)
  }
}
