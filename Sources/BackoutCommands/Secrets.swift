import Foundation
import Layer
import Planning
import Runbook

/// Which secrets there are, to hide them: `ReferenceSecrets` fetches them.
struct Secrets {
  var references: [String: SecretReference]
  var variables: [String: String]
  var directory: String
  var runner: any CommandRunning

  var resolver: ReferenceSecrets {
    ReferenceSecrets(references: references, variables: variables, directory: directory, runner: runner)
  }

  /// What hides them all: the bound secrets, variables that are secret by name, passwords in URLs, and what dotenv
  /// files of the folder hold under such names.
  ///
  /// - Parameter runsCommands: whether `command:` references are asked, too. What is read from the journal needs no
  ///   more than what was hidden when it was written.
  func redactor(variables names: [String], configFile: String? = nil, runsCommands: Bool = true) async -> Redactor {
    var values = Self.standing(variables: variables, names: names, directory: directory, configFile: configFile)
    for (name, reference) in references {
      if case .command = reference, !runsCommands { continue }
      if let value = try? await resolver.value(of: reference) { values.append((name, value)) }
    }
    return Redactor(pairs: values)
  }

  /// What is secret before any runbook or bindings are read.
  static func standing(
    variables: [String: String], names: [String] = [], directory: String, configFile: String? = nil
  ) -> [(name: String, value: String)] {
    var values: [(name: String, value: String)] = []
    for (name, value) in variables {
      if names.contains(name) || SensitiveNames.matches(name) { values.append((name, value)) }
      if let password = password(in: value) { values.append(("\(name) password", password)) }
    }
    let files = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter {
      $0 == ".env" || $0.hasPrefix(".env.") || $0.hasSuffix(".env")
    }
    for file in Set(files + [configFile].compactMap { $0 }) {
      values += dotenv(at: Workspace.absolute(file, in: directory))
    }
    return values
  }

  private static func password(in value: String) -> String? {
    guard value.contains("://"), value.contains("@") else { return nil }
    return URLComponents(string: value)?.password
  }

  private static func dotenv(at path: String) -> [(name: String, value: String)] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(whereSeparator: \.isNewline).flatMap { line -> [(name: String, value: String)] in
      let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { return [] }
      let name = parts[0].dropping(prefix: "export ") ?? parts[0]
      var value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
      if !parts[1].hasPrefix("\""), !parts[1].hasPrefix("'"), let comment = value.range(of: " #") {
        value = String(value[..<comment.lowerBound]).trimmingCharacters(in: .whitespaces)
      }
      var found: [(name: String, value: String)] = []
      if let password = password(in: value) { found.append((name, password)) }
      guard SensitiveNames.matches(name) else { return found }
      found.append((name, value))
      let plain = value.replacingOccurrences(of: "\\\"", with: "\"").replacingOccurrences(of: "\\\\", with: "\\")
      if plain != value { found.append((name, plain)) }
      return found
    }
  }
}
