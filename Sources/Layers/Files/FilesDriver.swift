import Foundation
import Layer
import Runbook

/// Files and folders: what the usual tools remove, move, copy, edit and write.
public struct FilesDriver: LayerDriver {
  public let id = "files"
  public var tools: [String: [String]] { ["tar": ["--version"], "sed": ["--version"]] }

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(var command) = action, !command.background else { return nil }
    guard let meaning = FilesCommandLine(command: command, context: context).action else { return nil }
    var summary = command.text
    let opened = Set(command.fileRedirections.map { $0.place ?? .here })
    let isElsewhere = !command.place.sharesFiles && !opened.isSubset(of: [command.place])
    if isElsewhere, case .look = meaning, let place = opened.first, opened.count == 1 {
      // `ssh host cat a >b`: the session's own shell opens b.
      summary += " (\(command.place.label))"
      command.place = place
    }
    let line = FilesCommandLine(command: command, context: context)
    let isSplit = isElsewhere && !opened.isSubset(of: [command.place])
    // What lies in another place than the command's is not looked for there.
    let writes = isSplit ? [] : line.writes
    let isLook = if case .look = meaning { line.writes.isEmpty } else { false }
    let words = command.words + command.fileRedirections.map(\.target)
    let parameters = FilesParameters(
      action: meaning, writes: writes, missing: WordExpansion.missingVariables(in: words, context: context),
      unknown: words.filter {
        WordExpansion.expandedValue(of: $0, in: context) == nil && WordExpansion.pattern(of: $0, in: context) == nil
      }.map(\.text), tooWide: [])
    var complete = parameters
    complete.tooWide = FilesReach.tooWide(parameters, context: context)
    guard let json = try? complete.json else { return nil }
    var effect = Effect(
      driver: id, layer: complete.setsFlags ? .flag : .files, role: isLook ? .observe : .change, summary: summary,
      place: command.place,
      directory: context.directory, targets: isLook ? [] : complete.paths.map { "file:\($0.text)" }, parameters: json)
    if !isLook, complete.hasUnknownPath {
      effect.reversibility = .partial("\(complete.unknown.joined(separator: " ")) is known only when the step runs")
    } else if case .look(isKnown: false) = meaning {
      effect.reversibility = .partial("what \(command.name ?? "the command") itself changes is not known")
      effect.isUnseen = true
    } else if isSplit {
      effect.reversibility = .partial("the file that its output goes to lies in another place and is not kept")
    } else if !isLook, command.context == .controlFlow {
      effect.reversibility = .partial("inside control flow the effect is known only when it runs")
    }
    switch meaning {
    case .remove, .truncate, .removeFolder: effect.isDestructive = true
    default: break
    }
    switch meaning {
    case .makeFolder(_, parents: true), .mode, .owner: effect.isRepeatable = true
    // All that they touch is looked at: while it is as before, they have done nothing.
    case .remove, .removeFolder, .copy: effect.isRepeatable = effect.reversibility == .exact && writes.isEmpty
    default: break
    }
    return effect
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    guard effect.role != .observe else { return Observation(summary: "changes nothing") }
    do {
      return try await FilesLooking(effect: effect, environment: environment).observation()
    } catch let error as CommandFailure {
      return .notObserved(error.description)
    } catch let error as FileFailure {
      return .notObserved(error.description)
    }
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    let parameters = try FilesParameters(effect)
    guard !parameters.hasUnknownPath else {
      return .undetermined("\(parameters.unknown.joined(separator: " ")) was known only to the step: look for it")
    }
    return try await probeByLooking(effect, before: before, in: environment)
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    try await FilesForecasting(effect: effect, environment: environment).forecast(before)
  }

  public func keep(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> BeforeImage {
    let looking = try FilesLooking(effect: effect, environment: environment)
    let resolved = try await looking.resolved()
    let files = environment.files(of: effect)
    // What is touched is settled now: afterwards a pattern matches nothing and a new folder looks like an old one.
    let list = try await environment.images.save("resolved", data: CanonicalJSON.data(of: resolved))
    let states = try await resolved.states(in: files)
    let count = states.values.filter { $0.kind != .directory }.count
    let summary = FilesLooking.files(count)
    if looking.parameters.action.isAttributes {
      let kept =
        if let kept = try await environment.images.kept("attributes") {
          kept
        } else { try await environment.images.save("attributes", data: CanonicalJSON.data(of: states)) }
      return BeforeImage(
        driver: id, blobs: [list, kept], facts: ["attributes": true], summary: "\(summary), attributes")
    }
    let kept = try await FileArchive.save(states, as: "files", from: files, in: environment.images)
    return BeforeImage(driver: id, blobs: [list, kept], summary: summary)
  }

  public func verify(
    _ effect: Effect, before: Observation, after: Observation, outcome: Outcome?
  ) -> Verdict {
    guard after.isObserved else { return .unproven(after.summary) }
    guard before.isObserved else { return .unproven("the state before was \(before.summary)") }
    guard let parameters = try? FilesParameters(effect) else { return .unproven("not an effect of this driver") }
    return FilesVerifying(parameters: parameters, before: before, after: after).verdict
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let now = try await observe(effect, in: environment)
    guard now.isObserved else {
      return Undone(notRestored: effect.targets, summary: "nothing put back: \(now.summary)")
    }
    var undoing = FilesUndoing(
      image: image, before: before, after: after, now: now, answer: answer, files: environment.files(of: effect),
      images: environment.images)
    return try await undoing.undo()
  }
}
