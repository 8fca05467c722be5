import Foundation
import Layer
import Planning
import Runbook

/// Fetches secrets from where the bindings say they are, at the last moment.
struct Secrets: SecretResolving {
  var references: [String: SecretReference]
  var variables: [String: String]
  var directory: String
  var runner: any CommandRunning

  struct Missing: Error, CustomStringConvertible {
    var name: String
    var why: String
    var description: String { "the secret \(name) cannot be had: \(why)" }
  }

  func value(of name: String) async throws -> String {
    guard let reference = references[name] else { throw Missing(name: name, why: "no binding says where it is") }
    return try await value(of: reference)
  }

  func value(of reference: SecretReference) async throws -> String {
    switch reference {
    case .environment(let name):
      guard let value = variables[name], !value.isEmpty else {
        throw Missing(name: reference.text, why: "the environment variable \(name) is not set")
      }
      return value
    case .file(let path):
      let absolute = Workspace.absolute(path, in: directory)
      guard let text = try? String(contentsOfFile: absolute, encoding: .utf8) else {
        throw Missing(name: reference.text, why: "the file cannot be read")
      }
      return text.trimmingCharacters(in: .newlines)
    case .command(let command):
      let result = try await runner.run(
        CommandRequest(words: ["bash", "-c", command], directory: directory, variables: variables, timeout: 30))
      guard result.status == 0 else { throw Missing(name: reference.text, why: "it ended with \(result.status)") }
      return result.text.trimmingCharacters(in: .newlines)
    }
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
      if let value = try? await value(of: reference) { values.append((name, value)) }
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
