import Foundation
import Layer
import Runbook

/// What did not answer, and why; nothing was changed.
struct NoAnswer: Error, CustomStringConvertible {
  enum Kind: String {
    case toolMissing = "tool-missing"
    case engine = "engine-unreachable"
    case file = "compose-file-missing"
    case invalid = "compose-file-invalid"
  }
  var kind: Kind
  var description: String
}

/// Asks a container engine, in the effect's own place.
struct DockerEngine {
  let command: ImageCommand
  let effect: Effect
  let environment: StepEnvironment

  /// Runs `words` as the command itself would run: in its folder and with its variables. Throws `NoAnswer` where the
  /// program is missing.
  /// - Parameter more: variables that count where the session has none of the name. Only for a command that acts here:
  ///   no prefix carries this process's variables to the other side.
  func run(
    _ words: [String], input: Data? = nil, variables more: [String: String] = [:]
  ) async throws -> CommandResult {
    var inner: [String] = []
    for word in command.innerVariables {
      inner.append(try await environment.reveal(WordExpansion.expandedValue(of: word, in: environment.context) ?? ""))
    }
    var variables = more.filter { environment.context.variables[$0.key] == nil }
    for (name, value) in given { variables[name] = try await environment.reveal(value) }
    let result: CommandResult
    do {
      result = try await environment.run(
        inner.isEmpty ? words : ["env"] + inner + words, for: effect, input: input, variables: variables)
    } catch let failure as CommandFailure {
      throw NoAnswer(kind: failure.reason == .notFound ? .toolMissing : .engine, description: failure.description)
    }
    guard result.status != 127 else {
      throw NoAnswer(kind: .toolMissing, description: "\(words[0]) is not installed\(suffix)")
    }
    return result
  }

  /// Asks git as whoever runs this tool: root is refused another user's repository. Throws `NoAnswer` where git is
  /// missing. Only of a place that shares this machine's files.
  func git(_ arguments: [String]) async throws -> CommandResult {
    var here = effect
    here.place = .here
    do {
      return try await environment.run(["git"] + arguments, for: here)
    } catch let failure as CommandFailure {
      throw NoAnswer(kind: .toolMissing, description: failure.description)
    }
  }

  /// The variables before the command.
  var given: [String: String] {
    Dictionary(
      command.outerVariables.map {
        ($0.name, WordExpansion.expandedValue(of: $0.value, in: environment.context) ?? "")
      }, uniquingKeysWith: { $1 })
  }

  /// Those, and the variables behind the place's prefix, which win.
  var own: [String: String] {
    let inner = command.innerVariables.compactMap { word -> (String, String)? in
      let text = WordExpansion.expandedValue(of: word, in: environment.context) ?? ""
      return text.firstIndex(of: "=").map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
    }
    return given.merging(inner) { $1 }
  }

  private var suffix: String { effect.place.isHere ? "" : " in \(effect.place.label)" }

  func docker(_ arguments: [String], input: Data? = nil) async throws -> CommandResult {
    try await run(command.docker + arguments, input: input)
  }

  /// Its identity. Throws `NoAnswer` where it does not answer.
  func identity() async throws -> String {
    let result = try await docker(["info", "--format", "{{.ID}}"])
    guard result.status == 0, !result.trimmed.isEmpty else { throw silence(result) }
    return result.trimmed
  }

  func firstLine(_ text: String) -> String {
    let line = text.split(separator: "\n").first.map(String.init) ?? "it said nothing"
    return environment.redactor.redact(line.count > 200 ? line.prefix(199) + "…" : line)
  }

  // MARK: Looking

  // An engine that fell silent has nothing to show: what is not there must be told from what was not answered.

  /// Those of `names` that are there, as the engine shows them. Throws `NoAnswer`, as everything that looks.
  func containers(named names: [String]) async throws -> [Container] {
    try await inspected("container", names).map(Container.init)
  }

  /// The containers of a compose project, without one-off ones and those that an undo is about to put in place.
  func containers(ofProject name: String) async throws -> [Container] {
    let label = "label=com.docker.compose.project=\(name)"
    return try await containers(named: try await lines(["ps", "-a", "-q", "--no-trunc", "--filter", label]))
      .filter { !$0.isOneOff && !$0.name.hasPrefix(Container.standInPrefix) }.sorted { $0.name < $1.name }
  }

  func networks(ofProject name: String) async throws -> [JSONValue] {
    let label = "label=com.docker.compose.project=\(name)"
    return try await inspected("network", try await lines(["network", "ls", "-q", "--no-trunc", "--filter", label]))
  }

  func volumes(ofProject name: String) async throws -> [JSONValue] {
    let label = "label=com.docker.compose.project=\(name)"
    return try await inspected("volume", try await lines(["volume", "ls", "-q", "--filter", label]))
  }

  /// The id that `name` stands for; nil where no image here has it.
  func image(_ name: String) async throws -> String? {
    guard !name.isEmpty else { return nil }
    let result = try await inspect("image", ["--format", "{{.Id}}", name])
    return result.status == 0 ? result.trimmed : nil
  }

  private func lines(_ arguments: [String]) async throws -> [String] {
    let result = try await docker(arguments)
    guard result.status == 0 else { throw silence(result) }
    return result.text.split(separator: "\n").map(String.init)
  }

  /// What is not there is left out: inspect fails then, and prints the others all the same.
  private func inspected(_ kind: String, _ names: [String]) async throws -> [JSONValue] {
    guard !names.isEmpty else { return [] }
    let result = try await inspect(kind, names)
    guard let list = (try? JSONValue(parsing: result.text))?.arrayValue else { throw silence(result) }
    return list
  }

  /// A refusal counts once the engine answered in between.
  private func inspect(_ kind: String, _ arguments: [String]) async throws -> CommandResult {
    let result = try await docker([kind, "inspect"] + arguments)
    if result.status == 0 { return result }
    _ = try await identity()
    return try await docker([kind, "inspect"] + arguments)
  }

  private func silence(_ result: CommandResult) -> NoAnswer {
    NoAnswer(
      kind: .engine, description: "the container engine does not answer\(suffix): \(firstLine(result.errorText))")
  }

  // MARK: The engine's own interface

  /// One call of the engine's HTTP interface, by the same way on which its commands go: containers are made again from
  /// what `inspect` showed, which no command line can say whole. Throws `NoAnswer`.
  func call(_ method: String, _ path: String, body: JSONValue) async throws -> (status: Int, answer: JSONValue?) {
    let content = Data(try CanonicalJSON.data(of: body))
    let head =
      "\(method) \(path) HTTP/1.0\r\nHost: docker\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(content.count)\r\n\r\n"
    let result = try await run(
      ["sh", "-c", Self.script, "sh"] + command.docker, input: Data(head.utf8) + content)
    let parts = result.text.split(separator: "\r\n\r\n", maxSplits: 1)
    guard let status = parts.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw NoAnswer(kind: .engine, description: "the engine gave no answer: \(firstLine(result.errorText))")
    }
    return (status, parts.count == 2 ? try? JSONValue(parsing: String(parts[1])) : nil)
  }

  /// The request's end stays open until the answer is there: the engine takes a closed one for a caller who left.
  private static let script = #"""
    d=$(mktemp -d) || exit 1
    trap 'rm -rf "$d"' EXIT
    mkfifo "$d/in" || exit 1
    "$@" system dial-stdio <"$d/in" &
    exec 3>"$d/in"
    cat >&3
    wait $!
    """#
}
