import Foundation
import Layer
import Runbook

/// Git repositories: HEAD, refs, index, worktree, stash, and a remote's refs.
public struct GitDriver: LayerDriver {
  public let id = "git"
  public var tools: [String: [String]] { ["git": ["--version"]] }

  public init() {}

  public func recognise(_ action: ParsedAction, in context: ReadingContext) -> Effect? {
    guard case .command(let command) = action, command.name == "git", !command.background else { return nil }
    // Another repository or index than the folder's is not understood.
    guard !command.assignments.contains(where: { $0.name.hasPrefix("GIT_") && $0.name != "GIT_EDITOR" }) else {
      return nil
    }
    let words = command.words.dropFirst()
    let values = words.map { WordExpansion.expandedValue(of: $0, in: context) ?? $0.text }
    guard let line = GitCommandLine(words: values), let meaning = line.action else { return nil }
    let isLook = if case .look = meaning { true } else { false }
    // What a look's output does to a file is another driver's to see.
    guard !isLook || command.fileRedirections.isEmpty else { return nil }
    let missing = WordExpansion.missingVariables(in: Array(words), context: context)
    let unknown = words.filter { WordExpansion.expandedValue(of: $0, in: context) == nil }.map(\.text)
    let directory = context.absolutePath(line.folder ?? ".")
    let sharesFiles = command.place.sharesFiles
    let parameters = GitParameters(
      action: meaning, folder: sharesFiles ? directory : line.folder ?? ".",
      words: line.settings.flatMap { ["-c", $0] } + [line.verb] + line.arguments, missing: missing, unknown: unknown)
    guard let json = try? parameters.json else { return nil }
    var effect = Effect(
      driver: id, layer: .code, role: isLook ? .observe : .change,
      summary: "git \(line.verb) \(line.arguments.map(ShellQuoting.shown).joined(separator: " "))"
        .trimmingCharacters(in: .whitespaces),
      place: command.place, directory: directory,
      targets: GitScope(meaning).targets(of: meaning, directory: directory), parameters: json)
    switch meaning {
    case .revert:
      // As written it may open an editor, and a session has none.
      effect.isNative = true
    case .reset(.hard, _), .reset(.merge, _), .clean, .branchDelete, .tagDelete, .stash(.drop, _), .stash(.clear, _):
      effect.isDestructive = true
    case .checkout(_, _, _, true, _): effect.isDestructive = true
    case .push(let push): effect.isDestructive = push.force || push.lease || push.deletes
    case .abort(let operation):
      effect.reversibility = .partial("the \(operation) in progress is not taken up again; files and refs are put back")
    default: break
    }
    switch meaning {
    case .checkout(_, nil, _, _, _), .paths, .reset(_, "HEAD"), .resetPaths, .fetch, .push, .look, .clean,
      // Git refuses where the name is taken: what is begun again is done once.
      .checkout(_, .some, false, _, _), .branchCreate(_, _, false), .tagCreate(_, _, false, _):
      effect.isRepeatable = true
    default: break
    }
    return effect
  }

  public func observe(_ effect: Effect, in environment: StepEnvironment) async throws -> Observation {
    let parameters = try GitParameters(effect)
    do {
      let repository = try await GitRepository(effect, parameters, in: environment)
      let looking = GitLooking(repository: repository, action: parameters.action)
      let snapshot = try await looking.snapshot()
      let head = if let seen = snapshot.head { seen } else { try await looking.head() }
      return Observation(
        states: try snapshot.states(directory: effect.directory),
        summary: try await GitWording.summary(of: snapshot, head: head, in: repository))
    } catch let error as GitRepository.NotARepository {
      return .notObserved(error.description)
    } catch let error as GitRemoteLooking.Unreachable {
      return .notObserved(environment.redactor.redact(error.description))
    } catch let error as CommandFailure {
      return .notObserved(error.description)
    }
  }

  public func forecast(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> Forecast {
    try await GitForecasting(effect: effect, environment: environment).forecast(before)
  }

  public func keep(
    _ effect: Effect, before: Observation, in environment: StepEnvironment
  ) async throws -> BeforeImage {
    try await GitKeeping(effect: effect, environment: environment).keep(before)
  }

  public func act(_ effect: Effect, before: Observation, in environment: StepEnvironment) async throws -> Outcome {
    let parameters = try GitParameters(effect)
    guard case .revert(let revisions, let options, _, _) = parameters.action else { throw NotNative(driver: id) }
    let settings = parameters.words.prefix { $0 != "revert" }
    let words =
      ["git", "-C", parameters.folder] + settings + ["revert", "--no-edit"] + options + revisions
    var variables = environment.context.variables
    if let session = environment.session { variables.merge(try await session.state().variables) { $1 } }
    variables["GIT_EDITOR"] = "true"
    let result = try await environment.runInPlace(
      words, of: effect, variables: effect.place.isHere ? variables : ["GIT_EDITOR": "true"])
    return Outcome(
      exitStatus: result.status, succeeded: result.status == 0, summary: "git revert: exit \(result.status)",
      output: environment.redactor.redactOutput(result.text + result.errorText))
  }

  public func verify(
    _ effect: Effect, before: Observation, after: Observation, outcome: Outcome?
  ) -> Verdict {
    guard after.isObserved else { return .unproven(after.summary) }
    guard before.isObserved else { return .unproven("the state before was \(before.summary)") }
    guard let parameters = try? GitParameters(effect),
      let first = try? GitSnapshot(before, directory: effect.directory),
      let last = try? GitSnapshot(after, directory: effect.directory)
    else { return .unproven("the observations are not of this driver") }
    return GitVerifying(
      action: parameters.action, before: first, after: last, directory: effect.directory,
      isSame: after.isSameState(as: before)
    ).verdict
  }

  public func probe(
    _ effect: Effect, before: Observation, marker: JSONValue?, in environment: StepEnvironment
  ) async throws -> Probe {
    let now = try await observe(effect, in: environment)
    let parameters = try GitParameters(effect)
    let lock = try await Self.lock(effect, parameters, in: environment)
    let note = lock.map { "; \($0) is left: where no git runs any more, remove it" } ?? ""
    if case .proven(let why) = verify(effect, before: before, after: now, outcome: nil) {
      return .happened(why + note)
    }
    if now.isSameState(as: before) {
      // With the lock there the next git would refuse, so acting again is a person's to say.
      return lock == nil ? .notHappened("the state is as it was before") : .undetermined("nothing changed\(note)")
    }
    return .undetermined("neither the state before nor the wanted one: \(now.summary)\(note)")
  }

  static func lock(
    _ effect: Effect, _ parameters: GitParameters, in environment: StepEnvironment
  ) async throws -> String? {
    guard let repository = try? await GitRepository(effect, parameters, in: environment) else { return nil }
    let path = "\(repository.gitFolder)/index.lock"
    return try await repository.files.states(of: [path], recursive: false).isEmpty ? nil : path
  }

  public func undo(
    _ image: BeforeImage, of effect: Effect, before: Observation, after: Observation, answer: ConflictAnswer?,
    in environment: StepEnvironment
  ) async throws -> Undone {
    let parameters = try GitParameters(effect)
    let repository = try await GitRepository(effect, parameters, in: environment)
    let now = try await GitLooking(repository: repository, action: parameters.action).snapshot()
    var undoing = GitUndoing(
      repository: repository, parameters: parameters, image: image, facts: try GitFacts(image),
      before: try GitSnapshot(before, directory: effect.directory),
      after: try GitSnapshot(after, directory: effect.directory), now: now, answer: answer)
    return try await undoing.undo()
  }
}
