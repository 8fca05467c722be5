import Foundation
import Layer
import Runbook

/// Settings: the session's variables, and `NAME=value` lines of a dotenv file.
public struct ConfigDriver: LayerDriver {
  public let id = "config"

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    switch action {
    case .command(let command): recognise(command, in: context)
    case .config(let block): recognise(block, in: context)
    case .sql, .file, .manual: nil
    }
  }

  private func recognise(_ command: ParsedCommand, in context: ReadingContext) -> Effect? {
    guard command.place.isHere, !command.background, command.fileRedirections.isEmpty,
      ![.pipeline, .substitution].contains(command.context)
    else { return nil }
    var changes: [ConfigAction.SessionChange] = []
    func value(_ word: Word) -> String? { WordExpansion.expandedValue(of: word, in: context) }
    switch command.name {
    case nil where command.words.isEmpty && !command.assignments.isEmpty:
      changes = command.assignments.map { .init(name: $0.name, value: value($0.value)) }
    case "export", "declare", "readonly":
      // bash parses `export X=Y` as arguments or as assignments: both stand here.
      changes = command.assignments.map { .init(name: $0.name, value: value($0.value)) }
      for word in command.words.dropFirst() {
        let text = value(word) ?? word.text
        if text == "-x" { continue }
        guard !text.hasPrefix("-") else { return nil }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let isKnown = value(word) != nil
        changes.append(
          .init(name: parts[0], value: parts.count == 2 ? isKnown ? parts[1] : nil : context.variables[parts[0]]))
      }
    case "unset":
      for word in command.words.dropFirst() {
        guard let name = value(word), name != "-f" else { return nil }
        if name != "-v" { changes.append(.init(name: name, isUnset: true)) }
      }
    default: return nil
    }
    guard !changes.isEmpty, changes.allSatisfy({ !$0.name.isEmpty }) else { return nil }
    let words = command.assignments.map(\.value) + command.words.dropFirst()
    let parameters = ConfigParameters(
      action: .session(changes), missing: WordExpansion.missingVariables(in: words, context: context))
    guard let json = try? parameters.json else { return nil }
    return Effect(
      driver: id, layer: changes.allSatisfy { FlagNames.matches($0.name) } ? .flag : .config, summary: command.text,
      directory: context.directory, targets: changes.map { "env:\($0.name)" }, parameters: json, isRepeatable: true)
  }

  private func recognise(_ block: ConfigBlock, in context: ReadingContext) -> Effect? {
    let settings = block.settings.map { ConfigAction.Setting(name: $0.name, value: $0.value, line: $0.line) }
    guard !settings.isEmpty else { return nil }
    let path = (block.file ?? context.configFile).map { context.absolutePath($0) }
    let parameters = ConfigParameters(action: path.map { .file(path: $0, settings: settings) } ?? .noFile(settings))
    guard let json = try? parameters.json else { return nil }
    let names = settings.map(\.name).joined(separator: ", ")
    return Effect(
      driver: id, layer: settings.allSatisfy { FlagNames.matches($0.name) } ? .flag : .config,
      summary: path.map { "set \(names) in \(($0 as NSString).lastPathComponent)" } ?? "set \(names)",
      directory: context.directory, targets: path.map { path in settings.map { "config:\(path) \($0.name)" } } ?? [],
      parameters: json, isRepeatable: true, isNative: true)
  }

  /// The first `<like this>` in a name or value.
  private static func hole(in text: String) -> String? {
    guard let start = text.firstIndex(of: "<"), let end = text[start...].firstIndex(of: ">") else { return nil }
    let inner = text[text.index(after: start)..<end]
    guard let first = inner.first, first.isLetter,
      inner.allSatisfy({ $0.isLetter || $0.isNumber || "_-. ".contains($0) })
    else { return nil }
    return String(text[start...end])
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    switch try ConfigParameters(effect).action {
    case .session(let changes):
      let variables = try await environment.session?.state().variables ?? environment.context.variables
      var states: [String: JSONValue] = [:]
      for change in changes {
        states["env:\(change.name)"] =
          variables[change.name].map {
            .string(ConfigDigest.text(of: $0, name: change.name, file: ""))
          } ?? .null
        // A secret may stand in a variable, so the wanted value is known by its digest, too.
        if let value = change.value, let revealed = try? await environment.reveal(value) {
          states["wanted \(change.name)"] = .string(ConfigDigest.text(of: revealed, name: change.name, file: ""))
        }
      }
      let set = changes.filter { variables[$0.name] != nil }.map(\.name)
      return Observation(
        states: states,
        summary: FlagText.shown(changes.map { ($0.name, variables[$0.name]) })
          ?? (set.isEmpty ? "not set in the session" : "\(set.joined(separator: ", ")) set"))
    case .noFile(let settings):
      return .notObserved("nobody says which file holds \(settings.map(\.name).joined(separator: ", "))")
    case .file(let path, let settings):
      return try await ConfigFile(path: path, effect: effect, environment: environment).observation(settings)
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    let parameters = try ConfigParameters(effect)
    var forecast = Forecast(from: before.summary, to: effect.summary)
    if !parameters.missing.isEmpty { forecast.problems.append(.missingVariables(parameters.missing)) }
    func addHoles(_ settings: [ConfigAction.Setting]) {
      for setting in settings {
        guard let hole = Self.hole(in: setting.name) ?? Self.hole(in: setting.value) else { continue }
        forecast.problems.append(
          Problem(
            code: "hole-unbound", line: setting.line,
            message: "\(hole) in \(setting.name) is not filled in: bind it under parameters: of backout.yaml"))
      }
    }
    switch parameters.action {
    case .session(let changes):
      let isKnown = changes.allSatisfy { $0.isUnset || $0.value != nil }
      forecast.to =
        (isKnown ? FlagText.shown(changes.map { ($0.name, $0.value) }) : nil)
        ?? changes.map { $0.isUnset ? "\($0.name) unset" : $0.name + " set" }.joined(separator: ", ")
      forecast.note = "holds for this session only"
      if effect.layer == .flag { forecast.note? += ": a service has it once a later step starts it from here" }
    case .noFile(let settings):
      addHoles(settings)
      forecast.from = "not observed"
      forecast.problems.append(
        Problem(
          code: "config-file-unknown", line: settings.first?.line,
          message: "nobody says which file holds \(settings.map(\.name).joined(separator: ", ")): name it with "
            + "config_file: in backout.yaml"))
    case .file(let path, let settings):
      addHoles(settings)
      if !before.isObserved { forecast.problems.append(Problem(code: "not-observed", message: before.summary)) }
      let changed = settings.filter { before.states["config:\(path) \($0.name)"] != before.states["wanted \($0.name)"] }
      forecast.to =
        FlagText.shown(settings.map { ($0.name, $0.value) })
        ?? (changed.isEmpty ? "as wanted" : changed.map(\.name).joined(separator: ", ") + " set")
      if effect.layer == .flag {
        forecast.note = "counts once what reads \((path as NSString).lastPathComponent) is restarted"
      }
      forecast.keeps = "\(settings.count.counted("setting")) of \((path as NSString).lastPathComponent)"
      if changed.isEmpty, before.isObserved {
        forecast.problems.append(
          Problem(code: "no-op", severity: .warning, message: "\(path) says so already: nothing would change"))
      }
    }
    return forecast
  }

  public func keep(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> BeforeImage {
    switch try ConfigParameters(effect).action {
    case .session, .noFile:
      return BeforeImage(driver: id, summary: "nothing: it holds for the session only")
    case .file(let path, let settings):
      let files = environment.files(of: effect)
      let path = try await ConfigFile(path: path, effect: effect, environment: environment).real()
      let states = try await files.states(of: [path], recursive: false)
      let blob = try await FileArchive.save(states, as: "config", from: files, in: environment.images)
      return BeforeImage(
        driver: id, blobs: [blob], facts: ["existed": .bool(states[path] != nil)],
        summary: "\(settings.count.counted("setting")) of \((path as NSString).lastPathComponent)")
    }
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    switch try ConfigParameters(effect).action {
    case .session: throw NotNative(driver: id)
    case .noFile: return Outcome(succeeded: false, summary: "nothing was changed: no file is known")
    case .file(let path, let settings):
      let file = ConfigFile(path: path, effect: effect, environment: environment)
      try await file.set(settings)
      return Outcome(succeeded: true, summary: "\(settings.count.counted("setting")) written to \(path)")
    }
  }

  public func verify(
    _ effect: Effect, before: Observation, after: Observation, outcome: Outcome?
  ) -> Verdict {
    guard after.isObserved else { return .unproven(after.summary) }
    guard let parameters = try? ConfigParameters(effect) else { return .unproven("not an effect of this driver") }
    let isSame = after.isSameState(as: before)
    switch parameters.action {
    case .noFile: return .refuted("no file is known")
    case .session(let changes):
      for change in changes {
        let now = after.states["env:\(change.name)"]
        if change.isUnset {
          guard now == .null else { return .refuted("\(change.name) is still set") }
        } else if let wanted = before.states["wanted \(change.name)"] {
          guard now == wanted else { return .refuted("\(change.name) has another value in the session") }
        } else {
          return .unproven("the value of \(change.name) was not known before the step ran")
        }
      }
      let names = changes.map(\.name).joined(separator: ", ")
      return .proven("\(isSame ? "already there: " : "")the session has \(names) as wanted")
    case .file(let path, let settings):
      for setting in settings
      where after.states["config:\(path) \(setting.name)"] != before.states["wanted \(setting.name)"] {
        return .refuted("\(setting.name) in \(path) is not as wanted")
      }
      return .proven(
        "\(isSame ? "already there: " : "")\(settings.map(\.name).joined(separator: ", ")) as wanted in \(path)")
    }
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    switch try ConfigParameters(effect).action {
    case .session:
      return Undone(restored: effect.targets, summary: "nothing outside of the session remains of it")
    case .noFile: return Undone(summary: "nothing was changed")
    case .file(let path, let settings):
      return try await ConfigFile(path: path, effect: effect, environment: environment)
        .undo(settings, image: image, before: before, after: after, answer: answer)
    }
  }
}
