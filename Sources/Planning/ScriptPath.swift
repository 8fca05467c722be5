import Runbook

/// The file that a command executes, where it names one.
enum ScriptPath {
  private static let interpreters: Set<String> = [
    "bash", "sh", "dash", "zsh", "ksh", "python", "python2", "python3", "perl", "ruby", "node", "php", "source", ".",
    "deno", "bun", "Rscript", "lua",
  ]
  private static let wrappers: Set<String> = ["nohup", "time", "exec", "env", "command", "nice", "setsid"]

  static func find(in command: ParsedCommand, session: SessionSimulation) -> (word: Int, path: String)? {
    switch command.place {
    case .here, .sudo: break
    default: return nil
    }
    let values = command.words.map { session.value(of: $0) }
    func path(_ index: Int) -> (word: Int, path: String)? {
      guard let value = values[index], !value.isEmpty else { return nil }
      let context = session.absolutePath(value)
      return (index, context)
    }
    var index = 0
    while index < values.count, let value = values[index] {
      if wrappers.contains(value) || (index > 0 && value.contains("=") && !value.contains("/")) {
        index += 1
      } else if ["uv", "poetry", "pipenv", "hatch", "pdm"].contains(value), index + 1 < values.count,
        values[index + 1] == "run"
      {
        index += 2
      } else {
        break
      }
    }
    guard index < values.count, let program = values[index] else { return nil }
    let name = program.split(separator: "/").last.map(String.init) ?? program
    if name == "psql" { return sqlFile(values, from: index + 1).flatMap(path) }
    guard interpreters.contains(name) || name.hasPrefix("python3.") else {
      return program.contains("/") ? path(index) : nil
    }
    var argument = index + 1
    while argument < values.count {
      guard let value = values[argument] else { return nil }
      if value == "-c" || value == "-m" || value == "-e" { return nil }
      if !value.hasPrefix("-") { return path(argument) }
      argument += 1
    }
    return nil
  }

  private static func sqlFile(_ values: [String?], from start: Int) -> Int? {
    var index = start
    while index < values.count {
      if values[index] == "-f" || values[index] == "--file" { return index + 1 < values.count ? index + 1 : nil }
      index += 1
    }
    return nil
  }
}
