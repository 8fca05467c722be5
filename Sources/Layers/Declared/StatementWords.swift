import Layer
import Runbook

/// A command's words as far as they are known, and those of what feeds it in a pipeline.
struct StatementWords {
  /// As written.
  let words: [String]
  /// `/usr/bin/helm` as `helm`.
  private let named: [String]
  /// `echo 'disable server a/b' | socat stdio /run/haproxy.sock`, for the second command; a here-string counts as `echo`.
  private let pipeline: [String]?
  /// As written: a variable's value may be a secret.
  let text: String
  /// `KUBECONFIG=…` before the command.
  let variables: [String: String]
  /// Variables that have no value yet, of the command and of what feeds it.
  private let missing: (own: [String], fed: [String])

  init?(_ command: ParsedCommand, in context: ReadingContext) {
    let known = command.knownWords(in: context)
    words = known.map(\.valueOrText)
    guard !words.isEmpty else { return nil }
    var named = words
    if let name = command.name { named[0] = name }
    self.named = named
    var fed: [KnownWord] = []
    var line: [String] = []
    var text = command.text
    if let feed = command.feed {
      fed = feed.words.map { $0.known(in: context) }
      line = fed.map(\.valueOrText) + ["|"]
      text = feed.words.map(\.text).joined(separator: " ") + " | " + text
    } else if let given = command.redirections.first(where: { $0.operator == "<<<" })?.target.known(in: context) {
      fed = [given]
      line = ["echo", given.valueOrText, "|"]
    }
    self.text = text
    pipeline = line.isEmpty ? nil : line + named
    let assigned = command.assignments.map { ($0.name, $0.value.known(in: context)) }
    variables = Dictionary(assigned.map { ($0.0, $0.1.valueOrText) }, uniquingKeysWith: { $1 })
    func unknown(_ words: [KnownWord]) -> [String] {
      words.flatMap { if case .unknown(_, let missing) = $0 { missing } else { [String]() } }
    }
    missing = (unknown(known + assigned.map(\.1)), unknown(fed))
  }

  var program: String { named[0] }

  /// Of the declarations that fit, the effect of the one that says most.
  func effect(ofBest tools: [DeclaredTool]) -> DeclaredEffect? {
    DeclaredTool.best(of: tools) { tool, pattern in effect(of: tool.layer, called: tool.name, by: pattern) }
  }

  /// The declaration's effect, where one of its patterns is `pattern` and this statement fits it.
  private func effect(of layer: DeclaredLayer, called name: String, by pattern: MatchPattern) -> DeclaredEffect? {
    let own = pattern.match(words) ?? pattern.match(named)
    guard let found = own ?? pipeline.flatMap(pattern.match) else { return nil }
    return DeclaredEffect(
      name: name, layer: layer, captures: found.captures, rest: found.rest, variables: variables,
      missing: own == nil ? missing.own + missing.fed : missing.own)
  }

  /// The effect of a declaration that names no pattern: the step's own.
  func effect(of layer: DeclaredLayer, called name: String) -> DeclaredEffect {
    DeclaredEffect(name: name, layer: layer, captures: [:], rest: [], variables: variables, missing: missing.own)
  }
}
