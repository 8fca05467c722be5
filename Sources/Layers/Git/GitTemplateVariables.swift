import Foundation
import Layer
import Runbook

/// Variables that the code which comes asks for, and the present code does not: by their dotenv templates.
struct GitTemplateVariables: Sendable {
  static let names = [".env.example", ".env.sample", ".env.template", ".env.dist", "env.example"]

  let repository: GitRepository
  let environment: StepEnvironment
  let effect: Effect

  /// A problem where they have no value here, neither in `.env` nor in the environment.
  func problem(from now: String, to sha: String) async throws -> Problem? {
    for name in Self.names {
      guard let comes = try await variables(of: name, in: sha) else { continue }
      let goes = try await variables(of: name, in: now) ?? []
      let file = try await environment.run(["cat", "--", "\(repository.root)/.env"], for: effect)
      let given = Set(file.status == 0 ? Self.names(in: file.text) : []).union(environment.context.variables.keys)
      let missing = comes.filter { !goes.contains($0) && !given.contains($0) }
      guard !missing.isEmpty else { continue }
      let list = missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? " and \(missing.count - 5) more" : "")
      return Problem(
        code: "target-variable-missing", severity: .question,
        message:
          "the code of \(try await repository.title(sha)) asks for \(list) in \(name), which neither .env nor the "
          + "environment sets. Go on without?")
    }
    return nil
  }

  /// An earlier step that writes the file may set them.
  var cures: [String] { ["file:\(repository.root)/.env", "config:\(repository.root)/.env"] }

  private func variables(of file: String, in commit: String) async throws -> [String]? {
    let result = try await repository.git(["cat-file", "blob", "\(commit):\(file)"])
    return result.status == 0 ? Self.names(in: result.text) : nil
  }

  /// Names that a dotenv text sets. A line that is commented out is no demand.
  static func names(in text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      var name = line.prefix { $0 != "=" }
      guard name.endIndex < line.endIndex else { return nil }
      if name.hasPrefix("export ") { name = name.dropFirst(7) }
      let trimmed = name.trimmingCharacters(in: .whitespaces)
      let isName = trimmed.utf8.allSatisfy {
        $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF)
      }
      return trimmed.isEmpty || !isName ? nil : trimmed
    }
  }
}
