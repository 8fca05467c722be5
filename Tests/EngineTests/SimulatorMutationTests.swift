import BackoutTestKit
import Engine
import Planning
import Testing

/// A simulator that finds nothing wrong with a wrong engine is no test: each engine here has one bug.
@Suite struct SimulatorMutationTests {
  struct Mutant: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// A part of what the simulator must say.
    var finding: String
    var engine: SimulatedEngine

    /// What the real engine decides is changed by `change`, where that gives something.
    static func deciding(
      _ name: String, finding: String, _ change: @escaping @Sendable (Directive, RunState) -> Directive?
    ) -> Mutant {
      Mutant(
        testDescription: name, finding: finding,
        engine: SimulatedEngine(decide: { state in
          let directive = Decider.next(state)
          return change(directive, state) ?? directive
        }))
    }

    /// What happened is understood as `change` says, where that gives something.
    static func applying(
      _ name: String, finding: String, _ change: @escaping @Sendable (RunEvent, RunState) -> RunEvent?
    ) -> Mutant {
      Mutant(
        testDescription: name, finding: finding,
        engine: SimulatedEngine(apply: { state, event in state.apply(change(event, state) ?? event) }))
    }
  }

  static let mutants: [Mutant] = [
    .deciding("acts without keeping", finding: "without a before-image") { directive, _ in
      if case .keep(let step) = directive { .act(step: step) } else { nil }
    },
    .deciding("acts without observing or guarding", finding: "guard did not pass") { directive, _ in
      if case .observe(let step) = directive { .act(step: step) } else { nil }
    },
    .applying("takes a refusal for a pass", finding: "guard did not pass") { event, _ in
      if case .guardRefused(let step, let said) = event { .guardPassed(step: step, said: [said]) } else { nil }
    },
    .deciding("repeats an unknown step without a probe", finding: "acts again without") { directive, state in
      if case .probe(let step) = directive, state.record(step).state == .unknown { .observe(step: step) } else { nil }
    },
    .deciding("repeats what nobody could determine", finding: "acts again without") { directive, _ in
      guard case .ask(let asks) = directive, let ask = asks.first, ask.kind == .unknown else { return nil }
      return .observe(step: ask.id)
    },
    .applying("forgets that a step was acting", finding: "acts again without") { event, _ in
      if case .acting(let step, let attempt, _) = event { .observing(step: step, attempt: attempt) } else { nil }
    },
    .deciding("falls through after a failure", finding: "before") { directive, state in
      guard case .ask(let asks) = directive, asks.first?.kind == .failed, state.undo == nil,
        let failed = asks.first?.id,
        let index = state.rules.firstIndex(where: { $0.id == failed })
      else { return nil }
      let open = state.rules[(index + 1)...].first { $0.confirmation == nil && !state.record($0.id).state.isClosed }
      guard let next = open else { return nil }
      return switch state.record(next.id).state {
      case .pending, .observing: .observe(step: next.id)
      case .guarded: next.keeps ? .keep(step: next.id) : .act(step: next.id)
      case .keeping: .act(step: next.id)
      case .verifying: .verify(step: next.id)
      default: nil
      }
    },
    .deciding("tries again unasked", finding: "nobody said to try again") { directive, state in
      guard case .ask(let asks) = directive, let ask = asks.first, ask.kind == .failed, state.undo == nil else {
        return nil
      }
      return .observe(step: ask.id)
    },
    .deciding("acts after abort", finding: "after abort") { directive, state in
      guard directive == .end(.aborted), state.undo == nil, let rule = state.current else { return nil }
      return switch state.record(rule.id).state {
      case .pending: .observe(step: rule.id)
      case .guarded: .act(step: rule.id)
      default: nil
      }
    },
    .deciding("crosses a point of no return unasked", finding: "without a yes to point-of-no-return") {
      directive, state in
      guard case .ask(let asks) = directive, asks.contains(where: { $0.kind == .pointOfNoReturn }),
        let rule = state.current, rule.confirmation == nil
      else { return nil }
      return .act(step: rule.id)
    },
    .deciding("does every option", finding: "another option was chosen") { directive, state in
      guard case .skip(let step, let reason) = directive, reason.hasSuffix("was chosen") else { return nil }
      return state.rule(step)?.confirmation == nil ? .observe(step: step) : nil
    },
    .deciding("does what the plan left out", finding: "the plan left it out") { directive, state in
      guard case .skip(let step, let reason) = directive, reason == "left out by the plan" else { return nil }
      return state.rule(step)?.confirmation == nil ? .observe(step: step) : nil
    },
    .deciding("never gets on", finding: "goes round") { directive, _ in
      if case .act(let step) = directive { .observe(step: step) } else { nil }
    },
    .deciding("waits for nobody", finding: "neither goes on nor waits") { directive, _ in
      if case .ask = directive { Directive.nothing } else { nil }
    },
    .deciding("says it succeeded", finding: "succeeded though") { directive, state in
      guard case .ask(let asks) = directive, asks.first?.kind == .failed, state.undo == nil else { return nil }
      return .end(.succeeded)
    },
    .deciding("undoes in the order of doing", finding: "is undone before") { directive, state in
      guard case .undo = directive, let undo = state.undo else { return nil }
      return undo.steps.last { state.record($0).hasActed && state.record($0).undone == nil }.map { .undo(step: $0) }
    },
    .applying("lets anybody answer anything", finding: "an unasked answer") { event, _ in
      guard case .answered(let answer) = event, answer.by == "dan" else { return nil }
      return .abortRequested(by: answer.by)
    },
    Mutant(
      testDescription: "changes the world before the intent is durable", finding: "before its intent is durable",
      engine: SimulatedEngine(flushesBeforeActing: false)),
  ]

  @Test("The simulator catches an engine that", arguments: mutants)
  func catches(_ mutant: Mutant) async {
    let result = await Simulator.run(seeds: 1...400, engine: mutant.engine)
    #expect(
      result.violations.contains { $0.what.contains(mutant.finding) },
      "\(result.violations.prefix(5).map(\.what))")
  }
}
