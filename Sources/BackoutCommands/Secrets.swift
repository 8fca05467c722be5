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
  func redactor(variables names: [String]) async -> Redactor {
    var values: [String: String] = [:]
    for (name, value) in variables where names.contains(name) || SensitiveNames.matches(name) { values[name] = value }
    for (name, value) in variables {
      if let password = URLComponents(string: value)?.password, value.contains("://") {
        values["\(name) password"] = password
      }
    }
    for (name, value) in dotenvSecrets() { values[name] = value }
    for (name, reference) in references {
      if let value = try? await value(of: reference) { values[name] = value }
    }
    return Redactor(secrets: values)
  }

  private func dotenvSecrets() -> [(String, String)] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return files.filter { $0 == ".env" || $0.hasPrefix(".env.") || $0.hasSuffix(".env") }.flatMap { file in
      let text = (try? String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)) ?? ""
      return text.split(separator: "\n").compactMap { line -> (String, String)? in
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.count == 2 else { return nil }
        let name = parts[0].dropping(prefix: "export ") ?? parts[0]
        let value = parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
        if let password = URLComponents(string: value)?.password, value.contains("://") { return (name, password) }
        return SensitiveNames.matches(name) ? (name, value) : nil
      }
    }
  }
}
