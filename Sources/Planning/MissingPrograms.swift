import Layer
import Runbook

/// A program that is not here now, though an earlier step of the same place installs packages or changes the search path.
enum MissingPrograms {
  static let code = "command-missing"

  private static let installers: Set<String> = [
    "pip", "pip3", "pipx", "uv", "poetry", "pipenv", "npm", "yarn", "pnpm", "gem", "bundle", "cargo", "go", "composer",
    "apt", "apt-get", "dnf", "yum", "apk", "brew", "snap", "conda",
  ]
  private static let installing: Set<String> = ["install", "i", "ci", "add", "sync", "update"]

  /// - Parameter before: the steps that can be before `draft` in one run.
  static func settle(_ problem: inout Problem, of draft: Draft, at position: Int, after before: [Draft]) {
    guard problem.code == code, problem.severity == .error else { return }
    let place = draft.acts[position].effect.place
    guard let maker = before.last(where: { isSame($0, place) && brings($0) }) else { return }
    problem.severity = .warning
    problem.message += ", unless \(maker.id) (\(maker.planned.title)) brings it before"
  }

  /// Whether `draft` acts on the machine or in the container that `place` is: with or without sudo.
  private static func isSame(_ draft: Draft, _ place: Place) -> Bool {
    draft.acts.contains { act in
      switch (act.effect.place, place) {
      case (.here, .sudo), (.sudo, .here): true
      default: act.effect.place == place
      }
    }
  }

  private static func brings(_ draft: Draft) -> Bool {
    guard case .shell(let statement) = draft.planned.action else { return false }
    return statement.commands.contains { command in
      if command.assignments.contains(where: { $0.name == "PATH" }) { return true }
      var words = command.words.map(\.valueOrText)[...]
      if words.first == "sudo" { words = words.dropFirst() }
      if let module = words.firstIndex(of: "-m"), words.first?.hasPrefix("python") == true {
        words = words[(module + 1)...]
      }
      guard let name = words.first else { return false }
      if ["source", "."].contains(name) { return words.dropFirst().first?.hasSuffix("/activate") ?? false }
      if name == "export" { return words.dropFirst().contains { $0.hasPrefix("PATH=") } }
      return installers.contains(name) && words.dropFirst().contains(where: installing.contains)
    }
  }
}
