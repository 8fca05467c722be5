import Foundation
import Journal
import Layer
import Planning
import Runbook
import RunbookReading

/// Makes a plan from what was typed: looks at the real system, read-only.
struct PlanMaker {
  var workspace: Workspace
  var options: RunbookOptions
  var home: HomeFolder
  /// Of the workspace's reading: only a confirmed one runs commands at plan time.
  var confirmation: Workspace.ConfirmationState
  var observes = true
  /// Steps that keep nothing, with the reason.
  var withoutKeep: [String: String] = [:]

  func plan() async throws -> Plan {
    var bindings = workspace.bindings
    var held: [String] = []
    let mayRunCommands: Bool
    switch confirmation {
    case .confirmed: mayRunCommands = true
    case .never, .changed, .commandsChanged: mayRunCommands = false
    }
    let commands = workspace.planTimeCommands(environment: options.environment)
    let set = try pairs(options.set, option: "--set")
    if !mayRunCommands, !commands.isEmpty {
      held = holdCommands(in: &bindings, except: set)
    }
    let request = PlanningRequest(
      runbook: workspace.runbook, document: workspace.document, path: workspace.path, key: workspace.key,
      bindings: bindings, environment: options.environment, procedure: options.chosenProcedure,
      choices: try pairs(options.choose, option: "--choose"), set: set, accepted: try options.accepted(),
      variables: workspace.variables, directory: workspace.directory, service: workspace.service, observes: observes,
      only: options.only, from: options.from, freeBytes: try? home.freeBytes(), withoutKeep: withoutKeep,
      quarantine: options.quarantine)
    let planner = Planner(drivers: drivers, parser: ShellReader(), runner: ProcessRunner(), checks: Checks())
    var plan: Plan
    do {
      plan = try await planner.plan(request)
    } catch let error as PlanningError {
      throw Failure(.badInput, "\(error)\nNothing was executed.")
    }
    if !held.isEmpty {
      plan.problems.removeAll { $0.code == "hole-unbound" && held.contains(where: $0.message.contains) }
      plan.problems.append(
        Problem(
          code: "commands-unconfirmed", severity: .question,
          message: "\(held.joined(separator: ", ")): the commands that compute these values run at plan time, so they "
            + "are confirmed first: backout confirm \(options.typedForConfirm(key: workspace.key))"))
    }
    return plan
  }

  /// Takes the unconfirmed commands out; a token that is plainly no value stands in their place.
  private func holdCommands(in bindings: inout Bindings, except set: [String: String]) -> [String] {
    var held: [String] = []
    func hold(_ runbook: inout RunbookBindings) {
      for (name, parameter) in runbook.parameters where set[name] == nil {
        if case .from = parameter {
          runbook.parameters[name] = nil
          held.append(name)
        }
      }
    }
    if var own = bindings.runbooks[workspace.key] {
      hold(&own)
      bindings.runbooks[workspace.key] = own
    }
    if let name = options.environment, var overlay = bindings.environments[name] {
      hold(&overlay)
      bindings.environments[name] = overlay
    }
    return held.sorted()
  }
}
