import Runbook

/// Prefixes that only say where a command acts.
struct PlacePrefix {
  var place: Place
  var words: [Word]
  /// A remote script in one word, which has to be parsed itself.
  var script: String?

  static func strip(_ words: [Word]) -> PlacePrefix {
    var result = PlacePrefix(place: .here, words: words)
    // Each prefix takes at least two words, so this ends.
    while result.script == nil, let inner = one(result.words) {
      result.place = result.place.containing(inner.place)
      result.words = inner.words
      result.script = inner.script
    }
    return result
  }

  private static let names: Set<String> = [
    "sudo", "ssh", "docker", "podman", "docker-compose", "nerdctl", "kubectl", "oc",
  ]

  private static func one(_ words: [Word]) -> PlacePrefix? {
    guard let first = words.first?.value, words.count > 1, names.contains(first) else { return nil }
    let values = words.map(\.valueOrText)
    switch first {
    case "sudo": return sudo(words, values)
    case "ssh": return ssh(words, values)
    case "docker", "podman", "docker-compose", "nerdctl": return container(words, values)
    case "kubectl", "oc": return pod(words, values)
    default: return nil
    }
  }

  /// Skips options from `start`; those in `valued` take the next word.
  private static func skipOptions(_ values: [String], from start: Int, valued: Set<String>) -> Int {
    var index = start
    while index < values.count, values[index].hasPrefix("-"), values[index] != "-" {
      if values[index] == "--" { return index + 1 }
      index += valued.contains(values[index]) ? 2 : 1
    }
    return index
  }

  private static func sudo(_ words: [Word], _ values: [String]) -> PlacePrefix? {
    var user: String?
    let valued: Set<String> = ["-u", "--user", "-g", "--group", "-h", "-p", "-C", "-r", "-t", "-D"]
    let index = skipOptions(values, from: 1, valued: valued)
    guard index < words.count else { return nil }
    for (position, value) in values[1..<index].enumerated() {
      if value == "-i" || value == "-s" || value == "-e" || value == "--login" || value == "--shell" {
        // A shell of its own: what follows is its script, or nothing.
        if value == "-e" { return nil }
      }
      if value == "-u" || value == "--user", position + 2 <= values.count - 1 { user = values[position + 2] }
      if let name = value.dropping(prefix: "--user=") { user = name }
      if value.hasPrefix("-u"), value.count > 2 { user = String(value.dropFirst(2)) }
    }
    // `sudo su` opens a shell; it is a command, not a place.
    return PlacePrefix(place: .sudo(user: user), words: Array(words[index...]))
  }

  private static func ssh(_ words: [Word], _ values: [String]) -> PlacePrefix? {
    let valued: Set<String> = [
      "-i", "-p", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-W", "-w", "-b", "-c", "-E", "-e", "-I", "-m", "-O", "-Q",
      "-S", "-B",
    ]
    let host = skipOptions(values, from: 1, valued: valued)
    guard host + 1 < words.count else { return nil }
    var rest = skipOptions(values, from: host + 1, valued: valued)
    guard rest < words.count else { return nil }
    if values[rest] == "--" { rest += 1 }
    let options = values[1..<host].filter { $0 != "-t" && $0 != "-tt" }
    let place = Place.ssh(host: values[host], options: Array(options))
    let inner = Array(words[rest...])
    guard inner.count == 1, let only = inner.first else { return PlacePrefix(place: place, words: inner) }
    guard let script = only.value else {
      // Expanded here before it is sent: what runs there is not known by reading.
      return only.text.contains(where: \.isWhitespace) ? nil : PlacePrefix(place: place, words: inner)
    }
    if script.allSatisfy({ !"\n;&|$`\"'()<>*?[]{}#~\\".contains($0) }) {
      return PlacePrefix(
        place: place, words: script.split(whereSeparator: \.isWhitespace).map { Word(literal: String($0)) })
    }
    return PlacePrefix(place: place, words: [], script: script)
  }

  private static func container(_ words: [Word], _ values: [String]) -> PlacePrefix? {
    var index = 1
    var isCompose = values[0] == "docker-compose"
    let global: Set<String> = [
      "-f", "--file", "-p", "--project-name", "--env-file", "--profile", "--project-directory", "-H", "--host",
      "--context", "-c", "--ansi", "--config", "-l", "--log-level",
    ]
    index = skipOptions(values, from: index, valued: global)
    if index < values.count, values[index] == "compose", !isCompose {
      isCompose = true
      index = skipOptions(values, from: index + 1, valued: global)
    } else if index < values.count, values[index] == "container" {
      index += 1
    }
    guard index < values.count, values[index] == "exec" else { return nil }
    let exec = index
    let valued: Set<String> = [
      "-u", "--user", "-e", "--env", "-w", "--workdir", "--env-file", "--index", "--detach-keys",
    ]
    index = skipOptions(values, from: exec + 1, valued: valued)
    guard index + 1 < values.count else { return nil }
    let terminal: Set<String> = ["-i", "-t", "-it", "-ti", "--interactive", "--tty", "-T", "--no-TTY", "--no-tty"]
    var prefix = Array(values[0...exec])
    if isCompose { prefix.append("-T") }
    prefix += values[(exec + 1)..<index].filter { !terminal.contains($0) }
    prefix.append(values[index])
    return PlacePrefix(place: .container(name: values[index], prefix: prefix), words: Array(words[(index + 1)...]))
  }

  private static func pod(_ words: [Word], _ values: [String]) -> PlacePrefix? {
    let global: Set<String> = [
      "-n", "--namespace", "--context", "--kubeconfig", "--cluster", "-c", "--container", "-s", "--server", "--user",
    ]
    var index = skipOptions(values, from: 1, valued: global)
    guard index < values.count, values[index] == "exec" else { return nil }
    index = skipOptions(values, from: index + 1, valued: global)
    guard index < values.count else { return nil }
    let name = values[index]
    var command = skipOptions(values, from: index + 1, valued: global)
    if command < values.count, values[command] == "--" { command += 1 }
    guard command < values.count else { return nil }
    let terminal: Set<String> = ["-i", "-t", "-it", "-ti", "--stdin", "--tty", "--"]
    let prefix = values[0..<command].filter { !terminal.contains($0) } + ["--"]
    return PlacePrefix(place: .pod(name: name, prefix: prefix), words: Array(words[command...]))
  }
}

extension Place {
  /// This place with `inner` reached from it.
  func containing(_ inner: Place) -> Place {
    switch (self, inner) {
    case (.here, _): inner
    case (_, .here): self
    case (.nested(let outer, let middle), _): .nested(outer: outer, inner: middle.containing(inner))
    default: .nested(outer: self, inner: inner)
    }
  }
}
