import Foundation
import Layer
import Runbook
import RunbookReading

/// Runs the commands of one declaration, in the effect's own place.
struct DeclaredLook {
  let declared: DeclaredEffect
  let effect: Effect
  let environment: StepEnvironment

  /// What the declared observation printed.
  struct Seen {
    var text: String
    /// Without secrets, short enough for a line.
    var shown: String
  }

  /// Throws `DeclaredFailure`, `CommandFailure`, `CommandTemplate.UnsafeValue`.
  func seen(by observe: String) async throws -> Seen {
    if let name = declared.missing.first { throw DeclaredFailure(description: "$\(name) has no value yet") }
    let result = try await run(observe)
    guard result.status == 0 else {
      let said = result.errorText.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
      throw DeclaredFailure(description: "`\(observe)` exits \(result.status)\(said)")
    }
    let text = try selected(result.trimmed, of: observe)
    return Seen(text: text, shown: shown(text))
  }

  /// Long and secret texts stand as digests.
  func shown(_ text: String) -> String {
    let isSecret = declared.isSensitive || environment.redactor.redact(text) != text
    return text.count > 200 || isSecret
      ? "digest \(Digest(of: text).short)" : text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// The declared fields of JSON that was printed, else all of it.
  private func selected(_ text: String, of observe: String) throws -> String {
    let fields = declared.layer.fields
    guard !fields.isEmpty, declared.path == nil else { return text }
    guard let document = try? FieldDocument(text, isJSON: true) else {
      throw DeclaredFailure(description: "`\(observe)` does not print JSON")
    }
    let leaves = document.leaves(of: fields)
    if let field = fields.first(where: { document.value.member(at: $0) == nil }) {
      throw DeclaredFailure(description: "`\(observe)` prints no field \(field)")
    }
    return leaves.count == 1 ? leaves.values.map(\.plainText).joined() : JSONValue.object(leaves).canonicalText
  }

  func isVerified() async throws -> Bool? {
    guard let verify = declared.layer.verify else { return nil }
    return try await run(verify).status == 0
  }

  /// What must be observed afterwards; nil where that is not declared.
  func wanted() async throws -> Seen? {
    switch declared.layer.wanted {
    case .text(let template):
      let text = CommandTemplate(text: template).plain(declared.captures)
      return Seen(text: text, shown: shown(text))
    case .from(let command):
      let seen = try await seen(by: command)
      guard !seen.text.isEmpty else { throw DeclaredFailure(description: "`\(command)` prints nothing") }
      return seen
    case .fields, .changed, nil: return nil
    }
  }

  func run(_ template: String, before: String? = nil) async throws -> CommandResult {
    var values = declared.captures
    values["before"] = before
    let filled = try CommandTemplate(text: template, rest: declared.rest).filled(values)
    var words = ["bash", "-c", try await environment.reveal(filled)]
    // A prefix such as sudo does not carry this process's variables to the other side.
    if !effect.place.isHere, !declared.variables.isEmpty {
      words = ["env"] + declared.variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } + words
    }
    return try await environment.run(words, for: effect, variables: declared.variables)
  }
}
