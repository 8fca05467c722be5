import Layer
import Runbook

/// An offer of the plan, and the step that it became where it was taken.
public struct PlannedQuarantine: Codable, Hashable, Sendable {
  public var offer: QuarantineOffer
  /// Nil: it was not taken.
  public var step: String?

  public init(offer: QuarantineOffer, step: String? = nil) {
    self.offer = offer
    self.step = step
  }
}

/// Asks every driver what would bring the bad version back, and makes steps of what is taken.
struct QuarantineOffers {
  let drivers: DriverList
  let parser: any ShellParsing
  let environment: StepEnvironment

  static let all = "all"

  /// What the drivers offer, each under a name of its own. A driver that could not look is a note.
  func collect(after drafts: [Draft]) async -> (offers: [QuarantineOffer], problems: [Problem]) {
    let changes = drafts.filter { !$0.isLeftOut && $0.planned.isExecutable && $0.isComplete }.flatMap { draft in
      zip(draft.planned.effects, draft.acts).filter { $0.0.role == .change }.map { effect, act in
        QuarantineChange(step: draft.id, effect: effect, context: act.context, before: act.before, ends: act.ends)
      }
    }
    if changes.isEmpty { return ([], []) }
    var offers: [QuarantineOffer] = []
    var problems: [Problem] = []
    var names: Set<String> = [Self.all]
    for driver in drivers.drivers {
      do {
        for var offer in try await driver.quarantines(after: changes, in: environment) where isSure(offer) {
          let name = offer.name
          var count = 1
          while !names.insert(offer.name).inserted {
            count += 1
            offer.name = "\(name)-\(count)"
          }
          offers.append(offer)
        }
      } catch {
        problems.append(
          Problem(
            code: "quarantine-not-looked", severity: .note,
            message: environment.redactor.redact(
              "the layer \(driver.id) could not look for what would bring the bad version back: \(error)")))
      }
    }
    return (offers, problems)
  }

  /// Whether the offer's statement is one that a driver knows: only then is it kept, proven and undone.
  private func isSure(_ offer: QuarantineOffer) -> Bool {
    let statements = parser.statements(of: offer.statement, line: 0)
    guard statements.count == 1, let only = statements.first, !only.isOpaque else { return false }
    let effects = only.commands.flatMap {
      ActionRecognition.effects(of: $0, drivers: drivers, in: environment.context)
    }
    let changes = effects.filter { $0.role == .change }
    return !changes.isEmpty && changes.allSatisfy { !$0.isOpaque && $0.reversibility == .exact }
  }

  /// Those that were asked for, in the order of the offers. Throws where a name is none of them.
  static func taken(_ asked: [String], of offers: [QuarantineOffer]) throws(PlanningError) -> [QuarantineOffer] {
    let known = Set(offers.map(\.name))
    for name in asked where name != all && !known.contains(name) {
      throw .quarantineUnknown(name, known: offers.map(\.name))
    }
    return offers.filter { asked.contains(all) || asked.contains($0.name) }
  }

  /// A stage behind everything else, with a step for each.
  func stage(of offers: [QuarantineOffer], after drafts: [Draft], beside stages: [Stage]) -> Stage {
    var id = "quarantine"
    while stages.contains(where: { $0.id == id }) { id = "backout-\(id)" }
    let steps = offers.enumerated().map { index, offer in
      let line = drafts.first { $0.id == offer.step }?.planned.line ?? 0
      let statement =
        parser.statements(of: offer.statement, line: line).first
        ?? ShellStatement(text: offer.statement, commands: [], isOpaque: true)
      return Step(
        id: "\(id)/\(index + 1)", line: line, endLine: line, title: "Quarantine \(offer.name)", kind: .shell,
        role: .change, action: .shell(statement))
    }
    return Stage(id: id, title: "Quarantine", line: steps.first?.line ?? 0, steps: steps)
  }
}
