import Foundation
import Layer
import Runbook

/// One repository in one place: runs git there, without ever asking or locking for a look.
struct GitRepository: Sendable {
  /// Git answered with a status that it should not have.
  struct Failure: Error, Sendable, CustomStringConvertible {
    var words: [String]
    var status: Int
    var message: String
    var description: String { "git \(words.joined(separator: " ")): exit \(status): \(message)" }
  }
  /// The folder is in no repository with a worktree.
  struct NotARepository: Error, Sendable, CustomStringConvertible {
    var folder: String
    var message: String
    var description: String { "\(folder) is not in a git repository: \(message)" }
  }

  let environment: StepEnvironment
  let effect: Effect
  /// Where the command acts: pathspecs are relative to it.
  let folder: String
  /// The worktree's top.
  let root: String
  let gitFolder: String
  /// Shared by all worktrees of the repository.
  let commonFolder: String
  let files: any PlaceFiles

  static let zero = String(repeating: "0", count: 40)
  static let emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

  init(_ effect: Effect, _ parameters: GitParameters, in environment: StepEnvironment) async throws {
    self.environment = environment
    self.effect = effect
    folder = parameters.folder
    files = environment.files(of: effect)
    func ask(_ question: [String]) async throws -> String {
      let result = try await Self.run(
        ["-C", parameters.folder, "rev-parse"] + question, environment: environment, effect: effect)
      guard result.status == 0 else {
        throw NotARepository(folder: parameters.folder, message: result.errorText)
      }
      return String(decoding: result.output, as: UTF8.self).droppingLineEnd
    }
    root = try await ask(["--show-toplevel"])
    gitFolder = try await ask(["--absolute-git-dir"])
    commonFolder = try await ask(["--path-format=absolute", "--git-common-dir"])
  }

  /// - Parameters:
  ///   - inRoot: false runs where the command acts, so that its pathspecs mean the same.
  ///   - path: a file in the place that gets the output.
  func git(
    _ words: [String], inRoot: Bool = true, input: Data? = nil, into path: String? = nil,
    variables: [String: String] = [:]
  ) async throws -> CommandResult {
    try await Self.run(
      ["-C", inRoot ? root : folder] + words, environment: environment, effect: effect, input: input, into: path,
      variables: variables)
  }

  private static func run(
    _ words: [String], environment: StepEnvironment, effect: Effect, input: Data? = nil, into path: String? = nil,
    variables: [String: String] = [:]
  ) async throws -> CommandResult {
    var quiet = [
      "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C",
    ]
    if environment.context.variables["GIT_SSH_COMMAND"] == nil { quiet["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes" }
    let redirected = path.map { ["sh", "-c", #"exec "$@" >"$0""#, $0] } ?? []
    return try await environment.runInPlace(
      redirected + ["git", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"] + words,
      of: effect, input: input, variables: quiet.merging(variables) { $1 })
  }

  /// Its output. Throws `Failure` where the status is not 0.
  @discardableResult
  func need(
    _ words: [String], inRoot: Bool = true, input: Data? = nil, into path: String? = nil,
    variables: [String: String] = [:]
  ) async throws -> Data {
    let result = try await git(words, inRoot: inRoot, input: input, into: path, variables: variables)
    guard result.status == 0 else { throw Failure(words: words, status: result.status, message: result.errorText) }
    return result.output
  }

  func line(_ words: [String], inRoot: Bool = true) async throws -> String? {
    let result = try await git(words, inRoot: inRoot)
    let text = String(decoding: result.output, as: UTF8.self).droppingLineEnd
    return result.status == 0 && !text.isEmpty ? text : nil
  }

  /// Fields that end in NUL.
  func fields(_ words: [String], inRoot: Bool = true) async throws -> [String] {
    Self.fields(try await need(words, inRoot: inRoot))
  }

  static func fields(_ data: Data) -> [String] {
    data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The commit that `revision` names, or nil.
  func commit(_ revision: String) async throws -> String? {
    let name = revision == "-" ? "@{-1}" : revision
    guard !name.hasPrefix("-"), !name.isEmpty else { return nil }
    return try await line(["rev-parse", "--verify", "--quiet", "\(name)^{commit}"])
  }

  func has(_ object: String) async throws -> Bool { try await git(["cat-file", "-e", object]).status == 0 }

  func isAncestor(_ older: String, of newer: String) async throws -> Bool {
    try await git(["merge-base", "--is-ancestor", older, newer]).status == 0
  }

  /// `91ab3e2 "Two-step lookup"`.
  func title(_ commit: String?) async throws -> String {
    guard let commit else { return "no commit yet" }
    guard let subject = try await line(["log", "-1", "--format=%s", commit]) else { return commit.shortHash }
    return "\(commit.shortHash) \"\(subject)\""
  }

  /// Path → `mode hash` of every file in a commit or tree.
  func tree(_ revision: String?, paths: [String] = []) async throws -> [String: String] {
    guard let revision, try await has(revision) else { return [:] }
    var words = ["ls-tree", "-r", "-z", "--full-name"]
    if paths.isEmpty { words.append("--full-tree") }
    words.append(revision)
    if !paths.isEmpty { words += ["--"] + paths }
    return Self.entries(try await fields(words, inRoot: paths.isEmpty))
  }

  /// `mode type hash TAB path` → path: `mode hash`.
  private static func entries(_ fields: [String]) -> [String: String] {
    var result: [String: String] = [:]
    for field in fields {
      guard let tab = field.firstIndex(of: "\t") else { continue }
      let words = field[..<tab].split(separator: " ")
      guard words.count >= 3 else { continue }
      result[String(field[field.index(after: tab)...])] = "\(words[0]) \(words[2])"
    }
    return result
  }

  /// A new folder of its own in the place, for a while.
  func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let made = try await environment.runInPlace(["mktemp", "-d"], of: effect)
    guard made.status == 0 else { throw Failure(words: ["mktemp"], status: made.status, message: made.errorText) }
    let path = made.text.droppingLineEnd
    do {
      let result = try await body(path)
      _ = try await environment.runInPlace(["rm", "-rf", "--", path], of: effect)
      return result
    } catch {
      _ = try? await environment.runInPlace(["rm", "-rf", "--", path], of: effect)
      throw error
    }
  }
}

extension String {
  /// Without the one line end that a command puts after its answer.
  var droppingLineEnd: String { hasSuffix("\n") ? String(dropLast()) : self }
  func droppingPrefix(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }
  var shortHash: String { String(prefix(7)) }
}
