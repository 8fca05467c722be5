import Runbook

/// Code in the arguments of an interpreter: `python -c "import app"`, `rails runner "puts Job.count"`.
enum InlineCode {
  private static let modules: Set<String> = ["py_compile", "compileall", "json.tool", "pytest", "unittest", "tabnanny"]

  private static let flags: [String: Set<String>] = [
    "python": ["-c"], "python3": ["-c"], "node": ["-e", "-p", "--eval"], "ruby": ["-e"], "php": ["-r"],
    "rails": ["runner", "r"], "mongosh": ["--eval"], "mongo": ["--eval"],
  ]

  static func reads(name: String, arguments: [String], verifies: Bool) -> Bool {
    if name.hasPrefix("python"), let module = arguments.firstIndex(of: "-m"), module + 1 < arguments.count,
      modules.contains(arguments[module + 1])
    {
      return true
    }
    if let code = arguments.first(where: { $0.hasPrefix("--execute=") }), arguments.contains("tinker") {
      return looks(WordList(String(code.dropFirst(10))), verifies: verifies)
    }
    guard let wanted = flags[name], let flag = arguments.firstIndex(where: wanted.contains), flag + 1 < arguments.count
    else { return false }
    // More than a line of code is not judged by its words.
    guard !arguments[flag + 1].trimmed.contains("\n") else { return false }
    return looks(WordList(arguments[flag + 1]), verifies: verifies)
  }

  private static func looks(_ words: WordList, verifies: Bool) -> Bool {
    let writes = words.words.contains { word in
      [
        "update", "delete", "destroy", "save", "create", "insert", "drop", "write", "remove", "unlink", "flush", "set",
        "push",
        "exec", "system", "commit", "truncate", "execute",
      ].contains {
        word == $0 || word.hasPrefix($0 + "_") || word.hasSuffix("_" + $0) || word == $0 + "one" || word == $0 + "many"
      }
    }
    return !writes && (verifies || words.begins(withAny: ["import", "from", "print", "puts", "echo", "console"]))
  }
}
