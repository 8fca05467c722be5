import Layer
import Runbook

/// Starts what a step stopped, and stops what it started.
struct ProcessUndo {
  let effect: Effect
  let environment: StepEnvironment
  let driver: ProcessDriver

  func undo(before: Observation, after: Observation) async throws -> Undone {
    let command = try effect.processParameters().command
    guard before.isObserved else {
      return Undone(notRestored: command.targets, summary: "what ran before is not known: \(before.summary)")
    }
    switch command.subject {
    case .units(let kind, let names, let options):
      let manager = ServiceManager(kind: kind, options: options, effect: effect, environment: environment)
      do {
        return try await undoServices(names, command, manager, before, after)
      } catch let failure as NoServiceManager {
        return Undone(notRestored: command.targets, summary: failure.description)
      }
    case .started: return try await end(command, before, after)
    case .pids, .named:
      return Undone(
        notRestored: command.targets,
        summary: command.ends
          ? "a process that was killed cannot be brought back" : "a signal cannot be taken back")
    }
  }

  private func undoServices(
    _ names: [String], _ command: ProcessCommand, _ manager: ServiceManager, _ before: Observation,
    _ after: Observation
  ) async throws -> Undone {
    var undone = Undone(summary: "")
    for name in names {
      let target = "service:\(name)"
      let now = try await driver.observe(effect, in: environment)
      guard let was = before.states[target], let present = now.states[target] else {
        undone.notRestored.append("\(target): \(now.summary)")
        continue
      }
      if let left = after.states[target], left["active"] != present["active"] || left["enabled"] != present["enabled"],
        was["active"] != present["active"] || was["enabled"] != present["enabled"]
      {
        undone.conflicts.append(
          Conflict(target: target, kept: before.summary, left: after.summary, now: now.summary))
        continue
      }
      let setsMask = command.verb == .mask || command.verb == .unmask
      // What is masked cannot be started.
      if setsMask, was["enabled"] != present["enabled"] {
        _ = try await manager.tell(was["enabled"] == "masked" ? .mask : .unmask, name)
      }
      if was["active"] != present["active"], let active = was["active"]?.boolValue {
        _ = try await manager.tell(active ? .start : .stop, name)
      }
      if !setsMask, was["enabled"] != present["enabled"], let enabled = was["enabled"]?.stringValue {
        _ = try await manager.tell(enabled.hasPrefix("enabled") ? .enable : .disable, name)
      }
      let proof = try await driver.observe(effect, in: environment)
      let state = proof.states[target]
      if state?["active"] == was["active"], state?["enabled"] == was["enabled"] {
        undone.restored.append(target)
      } else {
        undone.notRestored.append("\(target): \(proof.summary)")
      }
    }
    guard undone.conflicts.isEmpty else {
      undone.summary = "somebody else started or stopped it after the step"
      return undone
    }
    undone.summary = undone.notRestored.isEmpty ? "as before: \(before.summary)" : "before: \(before.summary)"
    return undone
  }

  /// Ends the processes that the step started, and only those: the number and the start must be the same.
  private func end(_ command: ProcessCommand, _ before: Observation, _ after: Observation) async throws -> Undone {
    let target = command.targets.joined(separator: " ")
    func running(_ observation: Observation) -> Set<String> {
      Set(observation.states[target]?["running"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }
    let started = running(after).subtracting(running(before))
    for _ in 0..<25 {
      let now = try await driver.observe(effect, in: environment)
      guard now.isObserved else { return Undone(notRestored: [target], summary: now.summary) }
      let left = running(now).intersection(started)
      if left.isEmpty { return Undone(restored: [target], summary: "what the step started does not run") }
      let pids = left.compactMap { $0.split(separator: "@").first.map(String.init) }
      _ = try await environment.run(["sh", "-c", "kill -TERM \"$@\"", "sh"] + pids, for: effect)
      try await Task.sleep(for: .milliseconds(200))
    }
    return Undone(notRestored: [target], summary: "what the step started does not end on TERM")
  }
}
