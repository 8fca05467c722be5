import Foundation
import Layer
import Runbook

/// Any tool as a driver, in a few commands: a `layers:` entry of `backout.yaml`, a step that has `observe:`, or one of the
/// declarations that Backout brings along (`Tools/`).
public struct DeclaredDriver: LayerDriver {
  public let id = "declared"
  /// The programs of the declarations that Backout brings along; a team's own are the team's.
  public var tools: [String: [String]] { ShippedTools.versions }

  public init() {}

  // MARK: Recognising

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action, let words = StatementWords(command, in: context),
      var declared = declaration(of: words, in: context)
    else { return nil }
    declared.fillFields()
    if let file = declared.layer.file {
      let path = CommandTemplate(text: file).plain(declared.captures)
      declared.path = command.place.sharesFiles ? context.absolutePath(path) : path
    }
    let isNative = declared.layer.act != nil && command.context == .alone && !command.background
    if !isNative { declared.needs = CommandNeeds(command, in: context) }
    guard let parameters = try? JSONValue(encoding: declared) else { return nil }
    let isDoneAgain = declared.isDoneAgain
    var effect = Effect(
      driver: id, layer: declared.layer.layer.flatMap(LayerKind.init(rawValue:)) ?? .unknown, summary: words.text,
      place: command.place, directory: context.directory, targets: [declared.target], parameters: parameters,
      reversibility: isDoneAgain
        ? .partial("it is done again, after all else was put back") : reversibility(of: declared.layer),
      isRepeatable: context.binding?.repeatable ?? false,
      isNative: isNative)
    if isDoneAgain { effect.undoneLast = true }
    return effect
  }

  /// What the team declares wins over what Backout brings along.
  private func declaration(of words: StatementWords, in context: ReadingContext) -> DeclaredEffect? {
    // Migrations are the schema driver's.
    let own = DeclaredTool.all(of: context.layers.filter { $0.value.migrations == nil })
    if let found = words.effect(ofBest: own) { return found }
    if let binding = context.binding, let observe = binding.observe {
      return words.effect(
        of: DeclaredLayer(observe: observe, undo: binding.undo),
        called: binding.is ?? words.words.prefix(3).joined(separator: " "))
    }
    return words.effect(ofBest: ShippedTools.declarations(for: words.program, in: context))
  }

  private func reversibility(of layer: DeclaredLayer) -> Reversibility {
    if layer.file != nil { return .exact }
    guard let undo = layer.undo else { return .none("no undo declared") }
    // Without the state before, the command can only be hoped to go back.
    return undo.contains("{before}")
      ? .exact : .partial("by the declared undo command, which is not given the state before")
  }

  // MARK: Observing

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let declared = try effect.declared()
    let look = DeclaredLook(declared: declared, effect: effect, environment: environment)
    do {
      if declared.path != nil { return try await DeclaredFile(look: look).observation() }
      let seen = try await look.seen(by: declared.layer.observe ?? "")
      var state: [String: JSONValue] = ["state": .string(seen.shown), "digest": .string(Self.digest(of: seen.text))]
      if let isVerified = try await look.isVerified() { state["verified"] = .bool(isVerified) }
      var states: [String: JSONValue] = [declared.target: .object(state)]
      do {
        if let wanted = try await look.wanted() {
          states[declared.wantedKey] = [
            "state": .string(wanted.shown), "digest": .string(Self.digest(of: wanted.text)),
          ]
        }
      } catch let failure as DeclaredFailure {
        states[declared.wantedKey] = ["unknown": .string(environment.redactor.redact(failure.description))]
      }
      return Observation(states: states, summary: seen.shown.isEmpty ? "(empty)" : seen.shown)
    } catch let failure as DeclaredFailure {
      return .notObserved(environment.redactor.redact(failure.description))
    } catch let failure as CommandFailure {
      return .notObserved(failure.description)
    } catch let failure as FileFailure {
      return .notObserved(failure.description)
    } catch let refusal as CommandTemplate.UnsafeValue {
      return .notObserved(environment.redactor.redact(refusal.description))
    }
  }

  static func digest(of text: String) -> String { String(Digest(of: "declared\n" + text).hex.prefix(16)) }

  // MARK: Forecast

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let declared = try effect.declared()
    var forecast = Forecast(from: before.summary, to: "changed by \(effect.summary)")
    forecast.note = declared.layer.note
    forecast.problems = try await declared.needs?.problems(of: effect, in: environment) ?? []
    guard before.isObserved else {
      // Why nothing answers is known already.
      if !forecast.problems.contains(where: { $0.severity == .error }) {
        forecast.problems.append(
          Problem(code: "not-observed", severity: .error, message: "\(declared.name): \(before.summary)"))
      }
      return forecast
    }
    if declared.path != nil {
      return DeclaredFile.forecast(forecast, declared, before: before)
    }
    if declared.layer.undo?.contains("{before}") ?? false { forecast.keeps = "the present state" }
    let wanted = before.states[declared.wantedKey]
    if let text = wanted?["state"]?.stringValue { forecast.to = text.isEmpty ? "(empty)" : text }
    if let why = wanted?["unknown"]?.stringValue {
      forecast.problems.append(
        Problem(code: "target-unknown", message: "\(declared.name) has nothing to go back to: \(why)"))
    } else if let digest = wanted?["digest"], digest == before.states[declared.target]?["digest"] {
      forecast.problems.append(
        Problem(
          code: "no-op", severity: .warning,
          message: "\(declared.name) is \(before.summary) already: nothing would change"))
    }
    return forecast
  }

  // MARK: Keeping and acting

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    let declared = try effect.declared()
    let look = DeclaredLook(declared: declared, effect: effect, environment: environment)
    if declared.path != nil { return try await DeclaredFile(look: look).keep(before: before) }
    let state: BlobReference
    if let kept = try await environment.images.kept("declared-before") {
      state = kept
    } else {
      let text = try await look.seen(by: declared.layer.observe ?? "").text
      guard before.declaredDigest(at: declared.target) == Self.digest(of: text) else {
        throw DeclaredFailure(
          description:
            "\(declared.name): the state changed since it was looked at; nothing was kept and nothing was changed")
      }
      state = try await environment.images.save("declared-before", data: Data(text.utf8))
    }
    var blobs = [state]
    if let keep = declared.layer.keep {
      if let kept = try await environment.images.kept("declared-handle") {
        blobs.append(kept)
      } else {
        let result = try await look.run(keep)
        guard result.status == 0, !result.trimmed.isEmpty else {
          throw DeclaredFailure(
            description: "\(declared.name): `\(keep)` exits \(result.status) and prints "
              + (result.trimmed.isEmpty ? "nothing" : "something") + ": nothing was changed")
        }
        blobs.append(try await environment.images.save("declared-handle", data: Data(result.trimmed.utf8)))
      }
    }
    return BeforeImage(
      driver: id, blobs: blobs,
      summary: "the state of \(declared.name), \(blobs.reduce(0) { $0 + $1.bytes }) bytes")
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    let declared = try effect.declared()
    guard effect.isNative, let act = declared.layer.act else { throw NotNative(driver: id) }
    do {
      let look = DeclaredLook(declared: declared, effect: effect, environment: environment)
      let result = try await look.run(act)
      return Outcome(
        exitStatus: result.status, succeeded: result.status == 0, summary: "exit \(result.status)",
        output: environment.redactor.redactOutput(result.text + String(decoding: result.errors, as: UTF8.self)))
    } catch let failure as CommandFailure {
      return Outcome(succeeded: false, summary: failure.description)
    }
  }

  // MARK: Verifying

  public func verify(_ effect: Effect, before: Observation, after: Observation, outcome: Outcome?) -> Verdict {
    guard let declared = try? effect.declared() else { return .unproven("the effect's parameters cannot be read") }
    guard after.isObserved, let state = after.states[declared.target] else { return .unproven(after.summary) }
    if state["verified"] == false { return .refuted("the declared verify does not hold: \(after.summary)") }
    if declared.path != nil { return DeclaredFile.verdict(declared, before: before, after: after, outcome: outcome) }
    if let wanted = before.states[declared.wantedKey], let digest = wanted["digest"] {
      return after.declaredDigest(at: declared.target) == digest.stringValue
        ? .proven("\(declared.name) is \(after.summary)")
        : .refuted("\(declared.name) is \(after.summary), wanted \(wanted["state"]?.plainText ?? "another state")")
    }
    if declared.layer.wanted == .changed, before.isObserved {
      return after.isSameState(as: before)
        ? .refuted("\(declared.name) is \(after.summary) as before: it did not take effect")
        : .proven("\(declared.name): \(before.summary) → \(after.summary)")
    }
    if state["verified"] == true { return .proven("\(declared.name) is \(after.summary)") }
    if let outcome, !outcome.succeeded { return .refuted(outcome.summary) }
    guard before.isObserved else {
      return .unproven("\(declared.name) is \(after.summary); before it was not observed")
    }
    return after.declaredDigest(at: declared.target) == before.declaredDigest(at: declared.target)
      ? .unproven("\(declared.name) is \(after.summary), as before")
      : .unproven("\(declared.name) changed: \(before.summary) → \(after.summary); what is wanted is not declared")
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    let declared = try effect.declared()
    let now = try await observe(effect, in: environment)
    guard now.isObserved, before.isObserved else { return .undetermined(now.summary) }
    // A restart may leave an equal state: it is done again only where a person has called it repeatable.
    if now.isSameState(as: before) { return .notHappened("\(declared.name) is as before") }
    if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) { return .happened(why) }
    return .undetermined("\(declared.name) is \(now.summary)")
  }

  // MARK: Undoing

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let declared = try effect.declared()
    let look = DeclaredLook(declared: declared, effect: effect, environment: environment)
    if declared.path != nil {
      return try await DeclaredFile(look: look).undo(image, before: before, after: after, answer: answer)
    }
    guard let undo = declared.layer.undo, let blob = image.blobs.first else {
      return Undone(notRestored: [declared.target], summary: "no undo declared for \(declared.name)")
    }
    let wanted = Self.digest(of: String(decoding: try await environment.images.load(blob), as: UTF8.self))
    if effect.undoneLast == true { return try await doAgain(undo, declared, look, backTo: wanted) }
    let now = try await observe(effect, in: environment)
    guard now.isObserved else { return Undone(notRestored: [declared.target], summary: now.summary) }
    let state = now.declaredDigest(at: declared.target)
    if state == wanted {
      return Undone(restored: [declared.target], summary: "\(declared.name) is \(now.summary), as before")
    }
    if state != after.declaredDigest(at: declared.target), answer != .putBack {
      let conflict = Conflict(
        target: declared.target, kept: before.summary, left: after.summary, now: now.summary)
      return Undone(conflicts: [conflict], summary: "\(declared.name) is newer than what the step left")
    }
    let handle = String(decoding: try await environment.images.load(image.blobs.last ?? blob), as: UTF8.self)
    let result: CommandResult
    do {
      result = try await look.run(undo, before: handle)
    } catch let failure as CommandFailure {
      return Undone(notRestored: [declared.target], summary: failure.description)
    } catch let refusal as CommandTemplate.UnsafeValue {
      return Undone(notRestored: [declared.target], summary: environment.redactor.redact(refusal.description))
    }
    let proof = try await observe(effect, in: environment)
    if proof.declaredDigest(at: declared.target) == wanted {
      return Undone(restored: [declared.target], summary: "\(declared.name) is \(proof.summary), as before")
    }
    return Undone(
      notRestored: [declared.target],
      summary:
        "the declared undo exits \(result.status), and \(declared.name) is \(proof.summary), not \(before.summary)")
  }

  /// What puts nothing back itself is done whatever is observed now: what was put back must take effect.
  private func doAgain(
    _ command: String, _ declared: DeclaredEffect, _ look: DeclaredLook, backTo wanted: String
  ) async throws -> Undone {
    let before = try await observe(look.effect, in: look.environment)
    do {
      let result = try await look.run(command)
      let after = try await observe(look.effect, in: look.environment)
      let isBack =
        declared.layer.wanted == .changed
        ? before.isObserved && after.isObserved && !after.isSameState(as: before)
        : after.declaredDigest(at: declared.target) == wanted
      return isBack
        ? Undone(restored: [declared.target], summary: "done again: \(declared.name) is \(after.summary)")
        : Undone(
          notRestored: [declared.target],
          summary: "done again, it exits \(result.status), and \(declared.name) is \(after.summary)")
    } catch let failure as CommandFailure {
      return Undone(notRestored: [declared.target], summary: failure.description)
    }
  }
}

extension Observation {
  func declaredDigest(at target: String) -> String? { states[target]?["digest"]?.stringValue }
}
