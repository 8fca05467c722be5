import Foundation
import Journal
import Layer
import Planning
import Runbook

/// Putting a step back.
extension Executor {
  func undoStep(_ step: String) async throws {
    let plan = try planned(step)
    let wasUndoing = state.record(step).isUndoing
    if !wasUndoing {
      record(.undoing(step: step))
      try await flush()
    }
    do {
      let environment = try await environmentForUndo(of: plan)
      if let command = plan.undoCommand {
        try await undo(plan, by: command, in: environment, wasUndoing: wasUndoing)
      } else {
        try await undoFromImages(plan, in: try await asInItsSession(plan, environment))
      }
    } catch let error where !(error is JournalError) {
      record(.undoFailed(step: step, why: describe(error) + lostVariables(of: plan)))
    }
    try await flush()
  }

  private func environmentForUndo(of plan: PlannedStep) async throws -> StepEnvironment {
    if !context.plan.carried.isEmpty { try await CarriedFiles(context: context).layOut() }
    var environment = try await environment(for: plan)
    var variables = context.variables
    for (name, value) in context.plan.sessionVariables { variables[name] = value }
    for (name, secret) in context.plan.secretSessionVariables {
      variables[name] = try await context.secrets.value(of: secret)
    }
    variables["BACKOUT_CARRIED"] = context.carriedFolder
    environment.context.variables = variables
    environment.context.directory = effects(of: plan).first?.directory ?? plan.directory
    return environment
  }

  /// With what the steps before it had set: where a driver looked then, it looks now. Not for a declared command, which a
  /// person wrote for a shell of their own.
  private func asInItsSession(_ plan: PlannedStep, _ environment: StepEnvironment) async throws -> StepEnvironment {
    var environment = environment
    var variables = replayed(before: plan, from: environment.context.variables).variables
    for (name, value) in variables where value != environment.context.variables[name] {
      variables[name] = try await environment.reveal(value)
    }
    environment.context.variables = variables
    return environment
  }

  private func replayed(before plan: PlannedStep, from variables: [String: String]) -> SessionReplay {
    let earlier = context.plan.steps.prefix { $0.id != plan.id }.filter { state.record($0.id).hasActed }
    return SessionReplay(of: Array(earlier), from: variables, in: context.plan.directory)
  }

  /// For a message: what the step had and an undo has not.
  private func lostVariables(of plan: PlannedStep) -> String {
    let lost = replayed(before: plan, from: context.variables).unknown.filter { context.variables[$0] == nil }.sorted()
    guard !lost.isEmpty else { return "" }
    return
      ". The run's session had \(lost.joined(separator: ", ")), and ended with the run: if it is needed, set it and undo again"
  }

  /// By the command that the bindings give. Where its outcome is not known, looking decides, else a person.
  private func undo(
    _ plan: PlannedStep, by command: String, in environment: StepEnvironment, wasUndoing: Bool
  ) async throws {
    let record = state.record(plan.id)
    let changes = effects(of: plan).enumerated().filter { $0.element.role == .change }
    func lookWhetherBack() async throws -> Bool? {
      var known = false
      for (index, effect) in changes where !effect.isOpaque && record.before.indices.contains(index) {
        guard record.before[index].isObserved, !record.before[index].states.isEmpty else { continue }
        known = true
        let now = try await driver(of: effect).observe(
          effect, in: self.environment(environment, of: plan.id, effect: index))
        if !now.isSameState(as: record.before[index]) { return false }
      }
      return known ? true : nil
    }
    if wasUndoing {
      if try await lookWhetherBack() == true {
        return self.record(.undone(step: plan.id, result: Undone(restored: [plan.id], summary: "already as it was")))
      }
      if plan.binding?.repeatable != true {
        return self.record(.undoFailed(step: plan.id, why: "`\(command)` was started and its end was not seen"))
      }
    }
    let result = try await context.runner.run(
      CommandRequest(
        words: ["bash", "-c", command], directory: environment.context.directory,
        variables: environment.context.variables, timeout: plan.timeout))
    guard result.status == 0 else {
      let said = redactor.redactOutput(
        [result.text, result.errorText].joined(separator: "\n").lastLines(6))
      return self.record(
        .undoFailed(step: plan.id, why: "`\(command)` ended with \(result.status): \(said)", hasEnded: true))
    }
    let isBack = try await lookWhetherBack()
    let proof =
      switch isBack {
      case true?: "the state is as it was"
      case false?: "the state is not what it was before the step"
      case nil: "exit 0, nothing was observed"
      }
    self.record(
      .undone(
        step: plan.id,
        result: Undone(
          restored: isBack == false ? [] : [plan.id], notRestored: isBack == false ? [proof] : [],
          summary: "`\(command)`: \(proof)")))
  }

  private func undoFromImages(_ plan: PlannedStep, in environment: StepEnvironment) async throws {
    let record = state.record(plan.id)
    let answer = state.answers[Ask.key(.problem, plan.id)].flatMap { ConflictAnswer(rawValue: $0.value) }
    let changes = effects(of: plan).enumerated().filter { $0.element.role == .change }
    var result = Undone(summary: "")
    var summaries: [String] = []
    for position in UndoPlan.order(of: changes.map { $0.element }) where record.images.indices.contains(position) {
      let image = record.images[position]
      let (index, effect) = changes[position]
      let before = record.before.indices.contains(index) ? record.before[index] : .notObserved("not looked at")
      let after = record.after.indices.contains(index) ? record.after[index] : .notObserved("not looked at")
      let undone = try await driver(of: effect).undo(
        image, of: effect, before: before, after: after, answer: answer,
        in: self.environment(environment, of: plan.id, effect: index))
      result.restored += undone.restored
      result.conflicts += undone.conflicts
      // Its own plan said that there is no way back from it: the undo of the rest is whole.
      if !effect.reversibility.isPointOfNoReturn { result.notRestored += undone.notRestored }
      summaries.append(undone.summary)
    }
    result.summary = summaries.joined(separator: "; ")
    if !result.conflicts.isEmpty, answer == nil {
      let names = result.conflicts.prefix(4).map { "\($0.target): now \($0.now), kept \($0.kept)" }
      self.record(
        .asked([
          Ask(
            id: plan.id, kind: .problem,
            question: "changed by somebody after this run: \(names.joined(separator: "; "))",
            options: [
              AskOption(id: ConflictAnswer.keepNewer.rawValue, title: "keep the newer"),
              AskOption(id: ConflictAnswer.putBack.rawValue, title: "put back the old"),
              AskOption(id: ConflictAnswer.exportBoth.rawValue, title: "keep the newer and write the old beside it"),
            ])
        ]))
    } else {
      self.record(.undone(step: plan.id, result: result))
    }
  }
}

extension String {
  /// The end of a text, for a message.
  func lastLines(_ count: Int) -> String {
    split(separator: "\n").suffix(count).joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
