import Foundation
import Layer
import Runbook

/// The jobs that cron starts for a user.
public struct ScheduleDriver: LayerDriver {
  public let id = "schedule"
  public let tools = ["crontab": ["-V"]]

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let parsed) = action, let command = CrontabCommand(parsed, in: context),
      let encoded = try? JSONValue(encoding: command)
    else { return nil }
    return Effect(
      driver: id, layer: .schedule, role: command.role,
      summary: String(parsed.words.map(\.valueOrText).joined(separator: " ").prefix(100)), place: parsed.place,
      directory: context.directory, targets: [command.target(at: parsed.place)], parameters: encoded,
      isDestructive: command.action == .remove, isRepeatable: context.binding?.repeatable ?? command.isRepeatable)
  }

  // MARK: Observing

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let command = try effect.crontabCommand()
    if let name = command.missing.first { return .notObserved("\(name) has no value yet") }
    let crontab = Crontab(command: command, effect: effect, environment: environment)
    do {
      let list = try await crontab.list()
      var state = Self.state(of: list)
      // Read beside the list, so that verify can compare the two.
      if let wanted = try await crontab.wanted() { state["wanted"] = .string(Digest(of: wanted.text).hex) }
      if case .install(.edited(let edit)) = command.action, let list {
        state["edited"] = .string(Digest(of: edit.applied(to: list).list.text).hex)
      }
      return Observation(
        states: [command.target(at: effect.place): .object(state)], summary: list?.summary ?? "no crontab")
    } catch let failure as NoCrontab {
      return .notObserved(failure.description)
    } catch let failure as CommandFailure {
      return .notObserved(failure.description)
    }
  }

  private static func state(of list: JobList?) -> [String: JSONValue] {
    ["digest": list.map { .string(Digest(of: $0.text).hex) } ?? .null]
  }

  // MARK: Forecast

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let command = try effect.crontabCommand()
    var forecast = Forecast(from: before.summary, to: "")
    let crontab = Crontab(command: command, effect: effect, environment: environment)
    func report(_ code: String, _ message: String, _ severity: Problem.Severity = .error) {
      forecast.problems.append(Problem(code: code, severity: severity, message: message))
    }
    guard before.isObserved else {
      report("not-observed", before.summary)
      return forecast
    }
    let list = try await crontab.list()
    switch command.action {
    case .list: forecast.to = "it only looks"
    case .remove:
      forecast.to = "no crontab"
      if list == nil { report("no-op", "there is no crontab to remove: crontab -r fails") }
    case .install(let source):
      let wanted = try await crontab.wanted()
      switch source {
      case .file(let path), .redirected(let path):
        if wanted == nil { report("schedule-missing", "\(path) is not there, and \(effect.summary) reads it") }
      case .text, .edited, .unknown: break
      }
      forecast.to = "the list that the pipeline gives"
      if let wanted {
        forecast.to = Self.shown(wanted, after: list, environment.redactor)
        if wanted == list { report("no-op", "the crontab is that list already: \(wanted.summary)", .warning) }
        if !wanted.text.isEmpty, wanted.text.last != UInt8(ascii: "\n") {
          report("schedule-refused", "the new list has no line feed at its end: crontab refuses it")
        }
      }
    }
    if case .install(.edited(let edit)) = command.action, let list {
      let wanted = edit.applied(to: list)
      forecast.to = Self.shown(wanted.list, after: list, environment.redactor)
      if wanted.count == 0 {
        let line = environment.redactor.redact(edit.line)
        report("no-op", "no line of the crontab is `\(line)`: sed changes nothing of it", .warning)
      }
    }
    forecast.keeps = command.role == .change ? list.map { "the crontab, \($0.summary)" } : nil
    forecast.bytes = list?.text.count ?? 0
    return forecast
  }

  /// `2 jobs: + 0 2 * * * old.py; − */5 * * * * new.py`.
  private static func shown(_ wanted: JobList, after list: JobList?, _ redactor: Redactor) -> String {
    let difference = (list ?? JobList(text: Data())).difference(to: wanted)
    let changes = difference.come.map { "+ \($0)" } + difference.gone.map { "− \($0)" }
    if changes.isEmpty { return wanted.summary }
    let more = changes.count > 3 ? "; and \(changes.count - 3) more" : ""
    return redactor.redact("\(wanted.summary): \(changes.prefix(3).joined(separator: "; "))\(more)")
  }

  // MARK: Keeping and verifying

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    let command = try effect.crontabCommand()
    let target = command.target(at: effect.place)
    if let kept = try await environment.images.kept("crontab") {
      return BeforeImage(driver: id, blobs: [kept], summary: "the crontab, \(before.summary)")
    }
    let list = try await Crontab(command: command, effect: effect, environment: environment).list()
    guard before.isObserved, Self.state(of: list)["digest"] == before.states[target]?["digest"] else {
      throw NoCrontab(
        description: "the crontab changed since it was looked at; nothing was kept and nothing was changed")
    }
    guard let list else { return BeforeImage(driver: id, summary: "that there is no crontab") }
    let blob = try await environment.images.save("crontab", data: list.text)
    return BeforeImage(driver: id, blobs: [blob], summary: "the crontab, \(list.summary)")
  }

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let command = try? effect.crontabCommand() else { return .unproven("the effect cannot be read") }
    if command.role == .observe { return .unproven("it only looks") }
    let target = command.target(at: effect.place)
    guard after.isObserved, let state = after.states[target] else { return .unproven(after.summary) }
    if command.action == .remove {
      return state["digest"] == .null ? .proven("no crontab") : .refuted("the crontab is still there: \(after.summary)")
    }
    if let wanted = state["wanted"] {
      return state["digest"] == wanted
        ? .proven("\(after.summary), as wanted") : .refuted("\(after.summary), and not the list that was given")
    }
    if let wanted = before.states[target]?["edited"] {
      let was = before.states[target]?["digest"]
      if state["digest"] == was {
        return .refuted("\(wanted == was ? "the line was not there" : "nothing changed"): \(after.summary), as before")
      }
      if state["digest"] == wanted { return .proven("\(after.summary), changed in that line and in no other") }
    }
    guard let was = before.states[target]?["digest"] else { return .unproven("\(after.summary); before, not observed") }
    return was == state["digest"]
      ? .unproven("nothing changed: \(after.summary), as before")
      : .unproven("changed: \(before.summary) → \(after.summary); bind verify: to prove that it is what you want")
  }

  // MARK: Quarantine

  public func quarantines(
    after changes: [QuarantineChange], in environment: StepEnvironment
  ) async throws -> [QuarantineOffer] {
    try await ScheduleQuarantine(changes: changes, environment: environment).offers()
  }

  // MARK: Undoing

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let command = try effect.crontabCommand()
    let target = command.target(at: effect.place)
    guard before.isObserved, let wanted = before.states[target]?["digest"] else {
      return Undone(notRestored: [target], summary: "what was there before is not known: \(before.summary)")
    }
    let crontab = Crontab(command: command, effect: effect, environment: environment)
    do {
      let now = try await crontab.list()
      let present = Self.state(of: now)["digest"]
      if present == wanted { return Undone(restored: [target], summary: "\(before.summary), as before") }
      if present != after.states[target]?["digest"], answer != .putBack {
        let conflict = Conflict(
          target: target, kept: before.summary, left: after.summary, now: now?.summary ?? "no crontab")
        return Undone(conflicts: [conflict], summary: "the crontab is newer than what the step left")
      }
      var list: JobList?
      if let blob = image.blobs.first { list = JobList(text: try await environment.images.load(blob)) }
      try await crontab.put(list)
      let proof = Self.state(of: try await crontab.list())["digest"]
      return proof == wanted
        ? Undone(restored: [target], summary: "\(before.summary), as before")
        : Undone(notRestored: [target], summary: "crontab took the old list, and the list is another one")
    } catch let failure as NoCrontab {
      return Undone(notRestored: [target], summary: environment.redactor.redact(failure.description))
    } catch let failure as CommandFailure {
      return Undone(notRestored: [target], summary: failure.description)
    }
  }
}
