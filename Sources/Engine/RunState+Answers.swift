import Layer
import Planning
import Runbook

/// What an answer of a person changes.
extension RunState {
  /// Only what was asked can be answered, and only with what was offered: an answer that comes late, twice or to
  /// another question changes nothing.
  mutating func take(_ answer: RunAnswer) {
    guard let ask = waiting.first(where: { $0.key == answer.key }),
      ask.options.contains(where: { $0.id == answer.value })
    else { return }
    answers[answer.key] = answer
    waiting.removeAll { $0.key == answer.key }
    let id = ask.id
    switch ask.kind {
    case .failed, .unknown:
      decide(answer, on: id, key: answer.key)
    case .confirmation: confirm(id, answer)
    case .approval where rule(id)?.confirmation?.key == answer.key: confirm(id, answer)
    case .approval, .pointOfNoReturn, .problem:
      if answer.value == "no", undo == nil, let rule = current {
        // The step's other questions are void with it.
        waiting = []
        close(
          rule.id, .failed,
          note: "\(answer.by) said no to: \(ask.kind.rawValue)" + (answer.reason.map { ": \($0)" } ?? ""))
      }
    case .choice, .optional:
      break
    }
  }

  private mutating func confirm(_ step: String, _ answer: RunAnswer) {
    let reason = answer.reason.map { ": \($0)" } ?? ""
    guard answer.value == "yes" else { return close(step, .failed, note: "\(answer.by) said no\(reason)") }
    update(step) {
      $0.isConfirmed = true
      $0.isDecided = true
    }
    close(step, .unproven, note: "confirmed by \(answer.by)\(reason)")
  }

  /// After a refusal, what was left out for the option taken before may run now; what has acted stays as it is.
  private mutating func reconsider(_ choice: ChoiceMembership, _ answer: RunAnswer) {
    let key = Ask.key(.choice, choice.choice)
    answers[key] = RunAnswer(key: key, value: choice.option, reason: answer.reason, by: answer.by)
    for rule in rules where rule.choice == choice && rule.skip == nil {
      guard record(rule.id).state == .skipped, !record(rule.id).hasActed else { continue }
      update(rule.id) {
        $0.state = .pending
        $0.isGivenUp = false
        $0.note = ""
      }
      cursor = min(cursor, positions[rule.id] ?? cursor)
    }
  }

  /// What a person decided on a step that failed, was refused or is unknown.
  private mutating func decide(_ answer: RunAnswer, on step: String, key: String) {
    let reason = answer.reason.map { ": \($0)" } ?? ""
    answers[key] = nil
    if undo != nil { return decideUndo(answer, of: step, reason: reason) }
    guard [.failed, .refused, .unknown].contains(record(step).state) else { return }
    switch answer.value {
    case "retry":
      for ask in rule(step).map({ $0.crossingAsks + ($0.confirmation.map { [$0] } ?? []) }) ?? [] {
        if answers[ask.key]?.value == "no" { answers[ask.key] = nil }
      }
      update(step) {
        $0.state = .pending
        $0.isDecided = true
        $0.outcome = nil
        $0.verdict = nil
      }
    case "done":
      update(step) {
        $0.isConfirmed = true
        $0.isDecided = true
      }
      close(step, .unproven, note: "done by hand, said \(answer.by)\(reason)")
    case "skip":
      update(step) { $0.isGivenUp = true }
      close(step, .skipped, note: "skipped by \(answer.by)\(reason)")
    case "abort":
      isAborting = true
      note = "aborted by \(answer.by)\(reason)"
    default:
      // An option of a choice in the same stage: do it first, and try this step again after it.
      guard let rule = rule(step), let choice = waysOut(of: rule).first(where: { $0.option == answer.value }) else {
        return
      }
      update(step) {
        $0.state = .pending
        $0.isDecided = true
      }
      reconsider(choice, answer)
    }
  }

  /// The ways out that the runbook itself offers to a refused step: options of its stage that were not taken.
  func waysOut(of rule: StepRule) -> [ChoiceMembership] {
    var options: Set<String> = ["retry", "done", "skip", "abort"]
    return rules.compactMap { other in
      guard other.stage == rule.stage, other.id != rule.id, other.skip == nil, let choice = other.choice,
        record(other.id).state == .skipped, !record(other.id).hasActed,
        other.gates.allSatisfy({ answers[$0.key]?.value != "no" }),
        answers[Ask.key(.choice, choice.choice)]?.value != choice.option,
        options.insert(choice.option).inserted
      else { return nil }
      return choice
    }
  }

  private mutating func decideUndo(_ answer: RunAnswer, of step: String, reason: String) {
    let why = record(step).undoTrouble ?? ""
    switch answer.value {
    case "retry":
      update(step) {
        $0.undoTrouble = nil
        $0.isUndoing = false
      }
    case "done":
      update(step) {
        $0.undoTrouble = nil
        $0.isUndoing = false
        $0.undone = Undone(summary: "put back by hand, said \(answer.by)\(reason)")
        $0.state = .undone
      }
    case "skip":
      update(step) {
        $0.undoTrouble = nil
        $0.isUndoing = false
        $0.undone = Undone(notRestored: [why], summary: "left as it is, said \(answer.by)\(reason)")
      }
    case "abort":
      isAborting = true
      note = "undo aborted by \(answer.by)\(reason)"
    default:
      break
    }
  }
}
