import Foundation
import Layer
import Runbook

/// Any tool as a driver, in four commands of `backout.yaml`: a `layers:` entry, or a step that has `observe:`.
public struct DeclaredDriver: LayerDriver {
  public let id = "declared"
  public let tools = ["bash": ["--version"]]

  public init() {}

  // MARK: Recognising

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action else { return nil }
    let known = command.knownWords(in: context)
    var words = known.map(\.valueOrText)
    guard !words.isEmpty else { return nil }
    let asWritten = words
    if let name = command.name { words[0] = name }
    var declaration: DeclaredEffect?
    // Migrations are the schema driver's.
    for (name, layer) in context.layers.sorted(by: { $0.key < $1.key }) where layer.migrations == nil {
      let pattern = MatchPattern(layer.match)
      guard let found = pattern.match(asWritten) ?? pattern.match(words) else { continue }
      declaration = DeclaredEffect(name: name, layer: layer, captures: found.captures)
      declaration?.rest = found.rest
      break
    }
    if declaration == nil, let binding = context.binding, let observe = binding.observe {
      declaration = DeclaredEffect(
        name: binding.is ?? asWritten.prefix(3).joined(separator: " "),
        layer: DeclaredLayer(match: "", observe: observe, undo: binding.undo), captures: [:])
    }
    guard var declaration else { return nil }
    for case .unknown(_, let missing) in known { declaration.missing += missing }
    guard let parameters = try? JSONValue(encoding: declaration) else { return nil }
    return Effect(
      driver: id, layer: declaration.layer.layer.flatMap(LayerKind.init(rawValue:)) ?? .unknown,
      summary: asWritten.joined(separator: " "), place: command.place, directory: context.directory,
      targets: [declaration.target], parameters: parameters,
      reversibility: reversibility(of: declaration.layer),
      isRepeatable: context.binding?.repeatable ?? false,
      isNative: declaration.layer.act != nil && command.context == .alone && !command.background)
  }

  private func reversibility(of layer: DeclaredLayer) -> Reversibility {
    guard let undo = layer.undo else { return .none("no undo declared") }
    // Without the state before, the command can only be hoped to go back.
    return undo.contains("{before}")
      ? .exact : .partial("by the declared undo command, which is not given the state before")
  }

  // MARK: Observing

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let look: Look
    do {
      look = try await self.look(effect, in: environment)
    } catch let failure as DeclaredFailure {
      return .notObserved(environment.redactor.redact(failure.description))
    } catch let failure as CommandFailure {
      return .notObserved(failure.description)
    } catch let refusal as CommandTemplate.UnsafeValue {
      return .notObserved(refusal.description)
    }
    let declared = try effect.declared()
    var state: [String: JSONValue] = [
      "state": .string(look.shown), "digest": .string(Self.digest(of: look.text)),
    ]
    if declared.layer.verify != nil { state["verified"] = .bool(look.isVerified) }
    return Observation(states: [declared.target: .object(state)], summary: look.shown.isEmpty ? "(empty)" : look.shown)
  }

  /// What the declared observation printed.
  private struct Look {
    var text: String
    /// Without secrets, short enough for a line.
    var shown: String
    var isVerified: Bool
  }

  private func look(_ effect: Effect, in environment: StepEnvironment) async throws -> Look {
    let declared = try effect.declared()
    if let name = declared.missing.first { throw DeclaredFailure(description: "$\(name) has no value yet") }
    let result = try await run(declared.layer.observe, effect, declared.captures, in: environment)
    guard result.status == 0 else {
      let said = result.errorText.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
      throw DeclaredFailure(description: "`\(declared.layer.observe)` exits \(result.status)\(said)")
    }
    let text = result.trimmed
    let isSecret = environment.redactor.redact(text) != text
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let shown = text.count > 200 || isSecret ? "digest \(Digest(of: text).short)" : line
    var isVerified = false
    if let verify = declared.layer.verify {
      isVerified = try await run(verify, effect, declared.captures, in: environment).status == 0
    }
    return Look(text: text, shown: shown, isVerified: isVerified)
  }

  private static func digest(of text: String) -> String { String(Digest(of: "declared\n" + text).hex.prefix(16)) }

  private func run(
    _ template: String, _ effect: Effect, _ values: [String: String], in environment: StepEnvironment
  ) async throws -> CommandResult {
    let rest = try effect.declared().rest
    let command = try await environment.reveal(try CommandTemplate(text: template, rest: rest).filled(values))
    return try await environment.run(["bash", "-c", command], for: effect)
  }

  // MARK: Forecast

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let declared = try effect.declared()
    var forecast = Forecast(from: before.summary, to: declared.wanted ?? "changed by \(effect.summary)")
    guard before.isObserved else {
      forecast.problems = [
        Problem(code: "not-observed", severity: .error, message: "\(declared.name): \(before.summary)")
      ]
      return forecast
    }
    if declared.layer.undo?.contains("{before}") ?? false { forecast.keeps = "the present state" }
    if let wanted = declared.wanted, before.declaredDigest(at: declared.target) == Self.digest(of: wanted) {
      forecast.note = "already as wanted"
    }
    return forecast
  }

  // MARK: Keeping and acting

  public func keep(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> BeforeImage {
    let name = "declared-before"
    let declared = try effect.declared()
    let blob: BlobReference
    if let kept = try await environment.images.kept(name) {
      blob = kept
    } else {
      let text = try await look(effect, in: environment).text
      guard before.declaredDigest(at: declared.target) == Self.digest(of: text) else {
        throw DeclaredFailure(
          description:
            "\(declared.name): the state changed since it was looked at; nothing was kept and nothing was changed")
      }
      blob = try await environment.images.save(name, data: Data(text.utf8))
    }
    return BeforeImage(driver: id, blobs: [blob], summary: "the state of \(declared.name), \(blob.bytes) bytes")
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    let declared = try effect.declared()
    guard effect.isNative, let act = declared.layer.act else { throw NotNative(driver: id) }
    do {
      let result = try await run(act, effect, declared.captures, in: environment)
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
    if declared.layer.verify != nil {
      return state["verified"] == true
        ? .proven("\(declared.name) is \(after.summary)")
        : .refuted("the declared verify does not hold: \(after.summary)")
    }
    if let wanted = declared.wanted {
      return after.declaredDigest(at: declared.target) == Self.digest(of: wanted)
        ? .proven("\(declared.name) is \(after.summary)")
        : .refuted("\(declared.name) is \(after.summary), wanted \(wanted)")
    }
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
    if now.isSameState(as: before) {
      // A restart may leave an equal state: without a declared one, sameness says nothing.
      return declared.layer.verify == nil && declared.wanted == nil
        ? .undetermined("\(declared.name) is as before; what is wanted is not declared")
        : .notHappened("\(declared.name) is as before")
    }
    if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) { return .happened(why) }
    return .undetermined("\(declared.name) is \(now.summary)")
  }

  // MARK: Undoing

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let declared = try effect.declared()
    guard let undo = declared.layer.undo, let blob = image.blobs.first else {
      return Undone(notRestored: [declared.target], summary: "no undo declared for \(declared.name)")
    }
    let kept = String(decoding: try await environment.images.load(blob), as: UTF8.self)
    let now = try await observe(effect, in: environment)
    guard now.isObserved else { return Undone(notRestored: [declared.target], summary: now.summary) }
    let state = now.declaredDigest(at: declared.target)
    let wanted = Self.digest(of: kept)
    if state == wanted {
      return Undone(restored: [declared.target], summary: "\(declared.name) is \(now.summary), as before")
    }
    if state != after.declaredDigest(at: declared.target), answer != .putBack {
      let conflict = Conflict(
        target: declared.target, kept: before.summary, left: after.summary, now: now.summary)
      return Undone(conflicts: [conflict], summary: "\(declared.name) is newer than what the step left")
    }
    var values = declared.captures
    values["before"] = kept
    let result: CommandResult
    do {
      result = try await run(undo, effect, values, in: environment)
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
}

/// Something declared did not work; nothing was changed.
struct DeclaredFailure: Error, CustomStringConvertible {
  var description: String
}

/// The driver's own understanding of one command.
struct DeclaredEffect: Codable, Hashable, Sendable {
  /// The name under `layers:`, or the command's own beginning.
  var name: String
  var layer: DeclaredLayer
  var captures: [String: String]
  /// What `*` took.
  var rest: [String] = []
  /// Variables of the command that have no value yet.
  var missing: [String] = []

  init(name: String, layer: DeclaredLayer, captures: [String: String]) {
    self.name = name
    self.layer = layer
    self.captures = captures
  }

  var target: String {
    let names = captures.sorted { $0.key < $1.key }.filter { layer.observe.contains("{\($0.key)}") }
    return (["declared:\(name)"] + names.map(\.value)).joined(separator: " ")
  }

  /// What the observation must be after.
  var wanted: String? { layer.wanted.map { CommandTemplate(text: $0).plain(captures) } }
}

extension Effect {
  /// Throws `DecodingError` where the effect is not this driver's.
  func declared() throws -> DeclaredEffect { try parameters.decoded() }
}

extension Observation {
  func declaredDigest(at target: String) -> String? { states[target]?["digest"]?.stringValue }
}
