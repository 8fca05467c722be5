import Layer
import Runbook
import Yams

/// Finds the versions that a plan gives to compose by the session alone: the next plain `docker compose up` would read
/// another one. Offers to write them into `.env`.
struct ImageQuarantine {
  let driver: String
  let changes: [QuarantineChange]
  let environment: StepEnvironment

  /// Throws `DecodingError` where an effect is not one of this driver.
  func offers() async throws -> [QuarantineOffer] {
    var offers: [QuarantineOffer] = []
    for (index, change) in changes.enumerated() where change.effect.driver == driver && change.effect.place.isHere {
      let command = try change.effect.imageCommand()
      guard command.verb == .up, command.missing.isEmpty, case .project(let reference, _) = command.subject,
        reference.environmentFiles.isEmpty, isLast(index)
      else { continue }
      var environment = environment
      environment.context = change.context
      let engine = DockerEngine(command: command, effect: change.effect, environment: environment)
      do {
        offers += try await self.offers(for: change, reference, engine)
      } catch is NoAnswer {
        // The step's own forecast says so.
        continue
      }
    }
    return offers
  }

  /// Whether nothing later brings the same up with what may be another version.
  private func isLast(_ index: Int) -> Bool {
    let targets = Set(changes[index].effect.targets)
    return !changes[(index + 1)...].contains {
      $0.effect.driver == driver && !targets.isDisjoint(with: $0.effect.targets)
    }
  }

  private func offers(
    for change: QuarantineChange, _ reference: ProjectReference, _ engine: DockerEngine
  ) async throws -> [QuarantineOffer] {
    let files = try await ComposeFiles(reference, engine: engine)
    let path = files.folder + "/.env"
    guard ShellQuoting.isPlain(path), !isChanged(path) else { return [] }
    let session = change.context.variables.merging(engine.own) { $1 }
    var offers: [QuarantineOffer] = []
    for name in try await imageVariables(reference, files, engine) {
      guard let value = session[name], isWritable(value), files.inFile(name) != value else { continue }
      if let offer = try await offer(name, value, path, change, engine) { offers.append(offer) }
    }
    return offers
  }

  /// Whether the plan itself changes the file, or the working tree that it may belong to.
  private func isChanged(_ path: String) -> Bool {
    changes.contains { change in
      change.effect.targets.contains { target in
        if target.contains(path) { return true }
        guard let tree = target.dropping(prefix: "git:"), tree.hasSuffix(" worktree") else { return false }
        return path.hasPrefix(tree.dropLast(9) + "/")
      }
    }
  }

  /// Plain, and nobody's secret.
  private func isWritable(_ value: String) -> Bool {
    ShellQuoting.isPlain(value) && environment.redactor.redact(value) == value && SecretToken.names(in: value).isEmpty
  }

  /// Variables that name a service's image, in order, each once.
  private func imageVariables(
    _ reference: ProjectReference, _ files: ComposeFiles, _ engine: DockerEngine
  ) async throws -> [String] {
    var names: [String] = []
    for root in try await files.asWritten(reference, engine).compactMap({ try? Yams.load(yaml: $0) }) {
      for (path, text) in ComposeVariables.texts(in: root)
      where path.count == 3 && path[0] == "services" && path[2] == "image" {
        for use in ComposeVariables.uses(in: text) where !names.contains(use.name) { names.append(use.name) }
      }
    }
    return names
  }

  // MARK: The offer

  private func offer(
    _ name: String, _ value: String, _ path: String, _ change: QuarantineChange, _ engine: DockerEngine
  ) async throws -> QuarantineOffer? {
    let result = try await engine.run(["cat", path])
    let text = result.status == 0 ? result.text : ""
    // The new line would become part of the last one.
    guard text.isEmpty || text.hasSuffix("\n") else { return nil }
    let lines = text.split(separator: "\n").map(String.init).filter { Self.sets(name, $0) }
    guard lines.count < 2 else { return nil }
    let danger: String
    let statement: String
    let release: String
    if let old = lines.first {
      // sed reads what is plain as it stands, but for the full stop.
      guard ShellQuoting.isPlain(old), environment.redactor.redactOutput(old) == old else { return nil }
      danger = "\(path) has \(old), and the next plain `\(engine.command.shown) up` reads it"
      statement = edit("s|^\(exact(old))$|\(name)=\(value)|", path)
      release = edit("s|^\(exact("\(name)=\(value)"))$|\(old)|", path)
    } else {
      danger = "\(path) does not set \(name), and the next plain `\(engine.command.shown) up` runs without it"
      statement = "echo \(name)=\(value) >>\(path)"
      release = edit("/^\(exact("\(name)=\(value)").slashed)$/d", path)
    }
    return QuarantineOffer(
      name: QuarantineOffer.name("env", name), step: change.step, danger: danger,
      statement: statement, release: release)
  }

  /// `NAME=…`, `export NAME=…`.
  private static func sets(_ name: String, _ line: String) -> Bool {
    guard !line.hasPrefix("#"), let mark = line.firstIndex(of: "=") else { return false }
    return line[..<mark].split(separator: " ").last == name[...]
  }

  private func edit(_ script: String, _ path: String) -> String { "sed -i \(ShellQuoting.quoted(script)) \(path)" }

  private func exact(_ text: String) -> String {
    text.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "\\.")
  }
}

extension String {
  fileprivate var slashed: String { split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/") }
}

extension ImageCommand {
  /// `docker compose`, without its options.
  fileprivate var shown: String {
    guard case .project(let reference, _) = subject else { return docker.joined(separator: " ") }
    return reference.words.prefix { !$0.hasPrefix("-") }.joined(separator: " ")
  }
}
