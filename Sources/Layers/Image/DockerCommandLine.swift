import Layer
import Runbook

/// The words of `docker`.
enum DockerCommandLine {
  private static let looks: Set<String> = [
    "ps", "ls", "list", "images", "inspect", "logs", "port", "top", "stats", "version", "info", "history", "diff",
  ]
  private static let globalFlags: Set<String> = ["-D", "--debug", "--tls", "--tlsverify"]
  private static let globalValued: Set<String> = [
    "-H", "--host", "-c", "--context", "--config", "-l", "--log-level", "--tlscacert", "--tlscert", "--tlskey",
  ]

  static func parse(_ program: String, _ arguments: [String], _ context: ReadingContext) -> ImageCommand? {
    var docker = [program]
    var rest = arguments[...]
    while let word = rest.first, word.hasPrefix("-") {
      rest = rest.dropFirst()
      docker.append(word)
      if globalValued.contains(word) {
        guard let value = rest.popFirst() else { return nil }
        docker.append(value)
      } else if !globalFlags.contains(word) {
        guard let mark = word.firstIndex(of: "="), globalValued.contains(String(word[..<mark])) else { return nil }
      }
    }
    guard var verb = rest.popFirst() else { return nil }
    if verb == "compose" {
      return ComposeCommandLine.parse(docker + ["compose"], Array(rest), docker: docker, context)
    }
    if verb == "container" || verb == "image" {
      guard let inner = rest.popFirst() else { return nil }
      verb = verb == "image" && inner == "rm" ? "rmi" : inner
    }
    var result = looks.contains(verb) ? ImageCommand(.look, .engine) : parse(verb, Array(rest))
    result?.docker = docker
    return result
  }

  private static func parse(_ verb: String, _ arguments: [String]) -> ImageCommand? {
    switch verb {
    case "run": run(arguments)
    case "stop": containers(.stop, arguments, valued: ["-t", "--time", "--timeout", "-s", "--signal"])
    case "start": containers(.start, arguments, valued: ["--checkpoint", "--checkpoint-dir", "--detach-keys"])
    case "restart": containers(.restart, arguments, valued: ["-t", "--time", "--timeout", "-s", "--signal"])
    case "kill": containers(.kill, arguments, valued: ["-s", "--signal"])
    case "rm": containers(.remove, arguments, valued: [])
    case "tag": tag(arguments)
    case "rmi": untag(arguments)
    case "pull": pull(arguments)
    case "build": build(arguments)
    default: nil
    }
  }

  private static func containers(
    _ verb: ImageCommand.Verb, _ arguments: [String], valued: Set<String>
  ) -> ImageCommand? {
    let line = OptionReader(arguments, valued: valued)
    // `rm --link` takes a link, `start -a` stays in the foreground.
    guard !line.operands.isEmpty, !line.has("-l", "--link"), !line.has("-a", "--attach"),
      !line.has("-i", "--interactive")
    else { return nil }
    if verb == .kill, let signal = line.value("-s") ?? line.value("--signal"), !Signals.ends(signal) { return nil }
    var result = ImageCommand(verb, .containers(line.operands))
    if verb == .remove {
      result.options.takesVolumes = line.has("-v", "--volumes")
      result.options.isForced = line.has("-f", "--force")
    }
    return result
  }

  private static let runFlags: Set<String> = [
    "--detach", "--interactive", "--tty", "--rm", "--init", "--privileged", "--read-only", "--publish-all",
    "--oom-kill-disable", "--no-healthcheck", "--sig-proxy", "--disable-content-trust", "--quiet",
  ]

  /// Only a container with a name that stays in the background can be looked for afterwards.
  private static func run(_ arguments: [String]) -> ImageCommand? {
    var rest = arguments[...]
    var name: String?
    var pull: String?
    var isDetached = false
    while let word = rest.first, word.hasPrefix("-"), word.count > 1 {
      rest = rest.dropFirst()
      if word.hasPrefix("--") {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "--detach" { isDetached = parts.count == 1 || parts[1] == "true" }
        guard !runFlags.contains(parts[0]) else { continue }
        guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else { return nil }
        if parts[0] == "--name" { name = value }
        if parts[0] == "--pull" { pull = value }
      } else {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
          if letter == "d" { isDetached = true }
          if "ditPq".contains(letter) { continue }
          if letters.isEmpty { rest = rest.dropFirst() }
          letters = ""
        }
      }
    }
    guard let name, isDetached, let image = rest.first else { return nil }
    var result = ImageCommand(.run, .containers([name]))
    result.options.source = ImageName.tagged(image)
    result.options.pull = pull
    return result
  }

  private static func tag(_ arguments: [String]) -> ImageCommand? {
    guard arguments.count == 2, !arguments.contains(where: { $0.hasPrefix("-") }) else { return nil }
    var result = ImageCommand(.tag, .images([ImageName.tagged(arguments[1])]))
    result.options.source = ImageName.isIdentifier(arguments[0]) ? arguments[0] : ImageName.tagged(arguments[0])
    return result
  }

  private static func untag(_ arguments: [String]) -> ImageCommand? {
    let line = OptionReader(arguments, valued: ["--platform"])
    guard !line.operands.isEmpty else { return nil }
    var result = ImageCommand(
      .untag, .images(line.operands.map { ImageName.isIdentifier($0) ? $0 : ImageName.tagged($0) }))
    result.options.isForced = line.has("-f", "--force")
    result.options.namesIdentifier = line.operands.contains(where: ImageName.isIdentifier)
    return result
  }

  private static func pull(_ arguments: [String]) -> ImageCommand? {
    let line = OptionReader(arguments, valued: ["--platform"])
    guard line.operands.count == 1, !line.has("-a", "--all-tags") else { return nil }
    return ImageCommand(.pull, .images([ImageName.tagged(line.operands[0])]))
  }

  private static let buildFlags: Set<String> = [
    "--no-cache", "--pull", "--rm", "--force-rm", "--quiet", "--squash", "--compress", "--load", "--push",
    "--disable-content-trust", "--debug",
  ]

  private static func build(_ arguments: [String]) -> ImageCommand? {
    var tags: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "-t" || word == "--tag" {
        if let name = rest.popFirst() { tags.append(ImageName.tagged(name)) }
      } else if let name = word.dropping(prefix: "--tag=") {
        tags.append(ImageName.tagged(name))
      } else if word.hasPrefix("--"), !word.contains("="), !buildFlags.contains(word) {
        rest = rest.dropFirst()
      } else if word == "-f" || word == "-m" || word == "-c" {
        rest = rest.dropFirst()
      }
    }
    return tags.isEmpty ? nil : ImageCommand(.build, .images(tags))
  }
}

/// How images are named.
enum ImageName {
  /// `web` is `web:latest`.
  static func tagged(_ name: String) -> String {
    let last = name.split(separator: "/").last ?? ""
    return last.contains(":") || name.contains("@") || name.isEmpty ? name : name + ":latest"
  }

  /// `sha256:ab12…`, or its hexadecimal beginning.
  static func isIdentifier(_ name: String) -> Bool {
    name.hasPrefix("sha256:") || (name.count >= 6 && name.count <= 64 && name.allSatisfy(\.isHexDigit))
  }

  /// `1.4 (sha256:ab12cd34)` of `shop/web:1.4`; the image alone where the name is not a person's.
  static func shown(_ name: String?, _ image: String?) -> String {
    let short = image.map { "sha256:" + ($0.dropping(prefix: "sha256:") ?? $0).prefix(8) }
    guard let name, !name.isEmpty, !isIdentifier(name), !name.hasPrefix(KeptTag.repository) else {
      return short ?? "no image"
    }
    let last = name.split(separator: "/").last.map(String.init) ?? name
    let tag = last.split(separator: ":").last.map(String.init) ?? last
    return tag + (short.map { " (\($0))" } ?? " (not here)")
  }
}

/// The name under which a kept image stays.
enum KeptTag {
  static let repository = "backout/keep"

  /// Of one image, for one step of one run.
  static func name(label: String, image: String) -> String {
    let plain = label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") ? $0 : "_" }
    return "\(repository):_\(String(plain.suffix(100)))_\((image.dropping(prefix: "sha256:") ?? image).prefix(12))"
  }
}
