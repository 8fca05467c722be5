import Layer
import Runbook

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
  /// What `*` or the options took.
  var rest: [String]
  /// Set for the command alone; what looks at its state has them too.
  var variables: [String: String]
  /// Variables of the command that have no value yet.
  var missing: [String]
  /// Of a declared file; absolute where the place's folder is known.
  var path: String?
  /// The command's program and script; nil where the driver acts itself.
  var needs: CommandNeeds?

  var target: String {
    if let path { return "file:\(path)" }
    let names = captures.sorted { $0.key < $1.key }.filter { layer.observe?.contains("{\($0.key)}") ?? false }
    return (["declared:\(name)"] + names.map(\.value)).joined(separator: " ")
  }
  /// Of the observation: what must be afterwards.
  var wantedKey: String { "wanted \(target)" }

  /// Whether `undo` is the command itself: it puts nothing back, it makes what was put back take effect.
  var isDoneAgain: Bool {
    guard let undo = layer.undo, !undo.contains("{before}") else { return false }
    let words = undo.split(whereSeparator: \.isWhitespace).flatMap { word in
      word == "{rest}" ? rest : [CommandTemplate(text: String(word)).plain(captures)]
    }
    return MatchPattern.all(of: layer).contains { $0.match(words)?.captures == captures }
  }

  /// The fields as they are called here, the captured words filled in.
  mutating func fillFields() {
    func filled(_ text: String) -> String { CommandTemplate(text: text).plain(captures) }
    layer.fields = layer.fields.map(filled)
    if case .fields(let wanted) = layer.wanted {
      layer.wanted = .fields(
        wanted.reduce(into: [:]) { result, field in result[filled(field.key)] = field.value })
    }
  }

  /// Whether what is observed may be a secret by its name.
  var isSensitive: Bool {
    let shown = captures.filter { layer.observe?.contains("{\($0.key)}") ?? false }
    return (shown.map(\.value) + layer.fields).contains(where: SensitiveNames.matches)
  }
}

extension Effect {
  /// Throws `DecodingError` where the effect is not this driver's.
  func declared() throws -> DeclaredEffect { try parameters.decoded() }
}
