import Foundation

/// How a repository says that its service is started anew, where neither compose nor a unit says it.
enum StartSight {
  /// A script's or a make target's command.
  case command(String)
  /// `make rollback`: it goes back and starts by itself.
  case wholeRollback(String)
  /// Names of processes, which somebody else starts.
  case procfile([String])
  case nothing

  /// - Parameters:
  ///   - files: their paths.
  ///   - text: of a file.
  init(_ files: [String], isExecutable: (String) -> Bool, text: (String) -> String) {
    let there = Set(files)
    let targets =
      ["GNUmakefile", "makefile", "Makefile"].first(where: there.contains).map { Self.targets(text($0)) } ?? []
    func script(_ name: String) -> String? {
      let folders = ["", "bin/", "script/", "scripts/"]
      // A script of the bare name at the top could be anything.
      let paths = folders.flatMap { ["\($0)\(name).sh"] + ($0.isEmpty ? [] : ["\($0)\(name)"]) }
      guard let path = paths.first(where: there.contains) else { return nil }
      if isExecutable(path) { return "./" + path }
      return (text(path).split(separator: "\n").first?.contains("bash") == true ? "bash " : "sh ") + path
    }
    func target(_ name: String) -> String? { targets.contains(name) ? "make \(name)" : nil }
    if let command = script("restart") ?? target("restart") {
      self = .command(command)
    } else if let command = target("rollback") {
      self = .wholeRollback(command)
    } else if let command = script("deploy") ?? target("deploy") ?? script("start") {
      self = .command(command)
    } else if there.contains("Procfile") {
      self = .procfile(
        text("Procfile").split(separator: "\n").compactMap { line in
          line.firstIndex(of: ":").map { String(line[..<$0]) }
        }.filter { !$0.hasPrefix("#") })
    } else {
      self = .nothing
    }
  }

  private static func targets(_ makefile: String) -> Set<String> {
    Set(
      makefile.split(separator: "\n").flatMap { line -> [String] in
        guard let colon = line.firstIndex(of: ":"), line.first?.isWhitespace == false else { return [] }
        // `x := 1` and `x ::= 1` are no rules.
        guard !line[colon...].drop(while: { $0 == ":" }).hasPrefix("=") else { return [] }
        return line[..<colon].split(separator: " ").map(String.init)
      })
  }
}
