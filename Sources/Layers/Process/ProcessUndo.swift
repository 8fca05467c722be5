import Layer
import Runbook

/// Starts what a step stopped, and stops what it started. A restart is done again.
struct ProcessUndo {
  let effect: Effect
  let environment: StepEnvironment
  let driver: ProcessDriver
  let answer: ConflictAnswer?

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
    case .started:
      do {
        return try await end(command, before, after)
      } catch let failure as NoProcessTable {
        return Undone(notRestored: command.targets, summary: failure.description)
      } catch let failure as CommandFailure {
        return Undone(notRestored: command.targets, summary: failure.description)
      }
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
    // A group that ran in part ran.
    func ran(_ target: String) -> Bool { before.states[target].map { $0["active"] != false } ?? false }
    for name in names {
      let target = command.target(of: name)
      let now = try await driver.observe(effect, in: environment)
      guard let was = before.states[target], let present = now.states[target] else {
        undone.notRestored.append("\(target): \(now.summary)")
        continue
      }
      if let left = after.states[target], left["active"] != present["active"] || left["enabled"] != present["enabled"],
        was["active"] != present["active"] || was["enabled"] != present["enabled"], answer != .putBack
      {
        undone.conflicts.append(
          Conflict(target: target, kept: before.summary, left: after.summary, now: now.summary))
        continue
      }
      if command.isDoneAgain, ran(target) {
        try await doAgain(command, name, manager, from: present, &undone)
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
    if command.isDoneAgain, command.targets.contains(where: ran) {
      undone.summary = "done again: \(try await driver.observe(effect, in: environment).summary)"
    } else {
      undone.summary = undone.notRestored.isEmpty ? "as before: \(before.summary)" : "before: \(before.summary)"
    }
    return undone
  }

  /// What was put back takes effect by another restart, whatever runs now.
  private func doAgain(
    _ command: ProcessCommand, _ name: String, _ manager: ServiceManager, from present: JSONValue,
    _ undone: inout Undone
  ) async throws {
    let target = command.target(of: name)
    let runs = present["active"] != false
    // What does not run any more reads it when it starts.
    let word = runs ? command.word ?? command.verb.rawValue : ProcessCommand.Verb.start.rawValue
    let told = try await manager.tell(word: word, name)
    guard told.status == 0 else {
      let said = (told.errorText + "\n" + told.text).split(whereSeparator: \.isNewline).first ?? ""
      undone.notRestored.append("\(target): \(word) exits \(told.status)" + (said.isEmpty ? "" : ": \(said)"))
      return
    }
    var environment = environment
    environment.isVerifying = true
    let watcher = ServiceManager(
      kind: manager.kind, options: manager.options, effect: effect, environment: environment)
    // This one has ended what it does, however the runbook's was written.
    var awaited = command
    awaited.isQueued = nil
    let look = try await ServiceLook(at: [name], of: awaited, by: watcher)
    guard let state = look.services.first?.state else { return }
    if let why = look.falls[name] {
      undone.notRestored.append("\(target): it does not stay up, \(why)")
    } else if !state.isActive {
      undone.notRestored.append("\(target): \(state.shown)")
    } else if command.verb == .restart, !ProcessDriver.processes(present).isDisjoint(with: state.processes) {
      undone.notRestored.append("\(target): still the process from before, it was not restarted")
    } else {
      undone.restored.append(target)
    }
  }

  /// Ends the processes that the step started, and only those: the number and the start must be the same. What only may
  /// be one of them is left to a person, unless it goes with the others.
  private func end(_ command: ProcessCommand, _ before: Observation, _ after: Observation) async throws -> Undone {
    let target = command.targets.joined(separator: " ")
    guard after.isObserved else {
      return Undone(notRestored: [target], summary: "what the step started is not known: \(after.summary)")
    }
    let earlier = ProcessDriver.identities(before, "running").union(ProcessDriver.identities(before, "alike"))
    var started = ProcessDriver.identities(after, "running").subtracting(earlier)
    var alike = ProcessDriver.identities(after, "alike").subtracting(earlier)
    var isTold = false
    for _ in 0..<25 {
      // Whatever their command lines are by now.
      let table = try await ProcessTable(of: effect, in: environment)
      started.formIntersection(table.processes.map(\.identity))
      alike.formIntersection(table.processes.map(\.identity))
      if started.isEmpty, alike.isEmpty {
        return Undone(restored: [target], summary: "what the step started does not run")
      }
      if started.isEmpty, !isTold { break }
      if !started.isEmpty {
        let pids = started.compactMap { $0.split(separator: "@").first.map(String.init) }
        _ = try await environment.run(["sh", "-c", "kill -TERM \"$@\"", "sh"] + pids, for: effect)
        isTold = true
      }
      try await Task.sleep(for: .milliseconds(200))
    }
    var undone = Undone(summary: "what the step started does not end on TERM")
    if !started.isEmpty { undone.notRestored.append("\(target): \(ProcessDriver.pids(started)) still runs") }
    if !alike.isEmpty {
      let which = ProcessDriver.pids(alike) + effect.place.suffix
      undone.notRestored.append("\(target): \(which) may be what it started and runs: end it by hand")
      if started.isEmpty { undone.summary = "\(which) may be what it started and runs" }
    }
    return undone
  }
}
