import Layer
import Runbook

/// Where the session's shell will be and what it will know, as far as the text tells.
struct SessionSimulation {
  var directory: String
  var variables: [String: String]
  /// Set by an earlier step to something that only a shell can tell.
  private(set) var unknown: Set<String> = []
  /// After `source x` or `eval`, variables that nobody sees here may be set. Says by what.
  private(set) var opaqueSource: String?
  /// A `cd` to a place that only a shell can tell.
  private(set) var directoryIsUnknown = false
  private var previous: String?
  private var stack: [String] = []

  private static let shellsOwn: Set<String> = [
    "_", "BASH", "BASHPID", "BASH_SOURCE", "BASH_VERSION", "BASH_LINENO", "COLUMNS", "DIRSTACK", "EPOCHSECONDS",
    "EPOCHREALTIME", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "HOSTNAME", "HOSTTYPE", "IFS", "LINENO", "LINES",
    "MACHTYPE", "OLDPWD", "OPTARG", "OPTIND", "OSTYPE", "PIPESTATUS", "PPID", "PWD", "RANDOM", "REPLY", "SECONDS",
    "SHELLOPTS", "SHLVL", "SRANDOM", "UID",
  ]

  init(directory: String, variables: [String: String]) {
    self.directory = directory
    self.variables = variables
  }

  func context(_ base: ReadingContext) -> ReadingContext {
    var context = base
    context.directory = directory
    context.variables = variables
    context.unknownVariables = unknown.union(Self.shellsOwn)
    return context
  }

  /// Variables that `command` expands and that neither the environment nor an earlier step sets.
  func missing(in command: ParsedCommand) -> [String] {
    // A loop's own variable and a function's arguments are not seen here; a remote shell has variables of its own.
    if command.context == .controlFlow || command.place.isRemoteShell { return [] }
    return missing(in: command.allWords)
  }

  /// The same of what feeds a command.
  func missing(in feed: Feed) -> [String] {
    feed.place.isRemoteShell ? [] : missing(in: feed.words + [feed.input].compactMap(\.self))
  }

  private func missing(in words: [Word]) -> [String] {
    var missing: [String] = []
    for word in words where !word.variables.isEmpty {
      for name in word.variables
      where !missing.contains(name) && isMissing(name) && !Self.hasDefault(name, in: word.text) {
        missing.append(name)
      }
    }
    return missing
  }

  private func isMissing(_ name: String) -> Bool {
    guard let first = name.utf8.first,
      first == UInt8(ascii: "_") || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= first
        || UInt8(ascii: "a")...UInt8(ascii: "z") ~= first
    else { return false }
    return variables[name] == nil && !unknown.contains(name) && !Self.shellsOwn.contains(name)
  }

  private static func hasDefault(_ name: String, in text: String) -> Bool {
    ["${\(name):-", "${\(name)-", "${\(name):=", "${\(name)=", "${\(name):+", "${\(name)+"].contains {
      text.contains($0)
    }
  }

  /// What `command` leaves behind in the session.
  mutating func pass(_ command: ParsedCommand) {
    guard command.place == .here, !command.background, command.context != .pipeline, command.context != .substitution
    else { return }
    let isCertain = command.context != .controlFlow
    guard let name = command.words.first?.value else {
      if command.words.isEmpty {
        for assignment in command.assignments {
          set(assignment.name, to: isCertain ? value(of: assignment.value) : nil)
        }
      }
      return
    }
    let arguments = Array(command.words.dropFirst())
    switch name {
    case "cd": change(to: arguments.filter { !Self.isFlag($0) }.first)
    case "pushd":
      stack.append(directory)
      change(to: arguments.filter { !Self.isFlag($0) }.first)
    case "popd": if let last = stack.popLast() { move(to: last) }
    case "export", "declare", "typeset", "readonly", "local":
      for assignment in command.assignments { set(assignment.name, to: isCertain ? value(of: assignment.value) : nil) }
      for word in arguments where !Self.isFlag(word) { declare(word, isCertain: isCertain) }
    case "unset":
      for word in arguments {
        guard let name = word.value, isCertain else { continue }
        variables[name] = nil
        unknown.remove(name)
      }
    case "read", "mapfile", "readarray", "getopts":
      for word in arguments { if let name = word.value, Self.isName(name) { set(name, to: nil) } }
    case "printf":
      if arguments.first?.value == "-v", arguments.count > 1, let name = arguments[1].value { set(name, to: nil) }
    case "source", ".", "eval": opaqueSource = command.text
    default: break
    }
  }

  private mutating func declare(_ word: Word, isCertain: Bool) {
    let text = word.value ?? word.text
    guard let sign = text.firstIndex(of: "=") else {
      // `export NAME` says that it was set before.
      if Self.isName(text), variables[text] == nil { unknown.insert(text) }
      return
    }
    let name = String(text[..<sign])
    guard Self.isName(name) else { return }
    let after = String(text[text.index(after: sign)...])
    if !isCertain {
      set(name, to: nil)
    } else if word.value != nil {
      set(name, to: after)
    } else {
      var inner = word
      inner.text = after
      set(name, to: value(of: inner))
    }
  }

  private static func isFlag(_ word: Word) -> Bool { word.value?.hasPrefix("-") == true && word.value != "-" }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else { return false }
    return text.utf8.allSatisfy {
      $0 == UInt8(ascii: "_") || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
        || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
    }
  }

  mutating func set(_ name: String, to value: String?) {
    variables[name] = value
    if value == nil { unknown.insert(name) } else { unknown.remove(name) }
  }

  /// The folder that a `cd` goes to, where the text tells it.
  func goal(of command: ParsedCommand) -> String? {
    guard ["cd", "pushd"].contains(command.words.first?.value ?? ""), command.place == .here, !command.background,
      command.context == .alone || command.context == .sequence, command.words.count == 2,
      let target = value(of: command.words[1]), !target.hasPrefix("-"), !target.isEmpty
    else { return nil }
    return absolutePath(target)
  }

  private mutating func change(to word: Word?) {
    guard let word else {
      if let home = variables["HOME"] { move(to: home) } else { directoryIsUnknown = true }
      return
    }
    guard let target = value(of: word) else {
      directoryIsUnknown = true
      return
    }
    if target == "-" {
      if let previous { move(to: previous) }
    } else {
      move(to: ReadingContext(directory: directory, variables: variables).absolutePath(target))
    }
  }

  private mutating func move(to target: String) {
    previous = directory
    directory = target
    if target.hasPrefix("/") { directoryIsUnknown = false }
  }

  /// What a word comes to without running a shell.
  func value(of word: Word) -> String? {
    if let value = word.value { return value }
    if word.hasCommandSubstitution || word.hasGlob { return nil }
    var result = ""
    var rest = word.text[...]
    var quote: Character?
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("'", nil), ("\"", nil): quote = character
      case ("'", "'"), ("\"", "\""): quote = nil
      case ("\\", nil): if let next = rest.popFirst() { result.append(next) }
      case ("\\", "\""):
        guard let next = rest.popFirst() else { return nil }
        if !"$`\"\\".contains(next) { result.append("\\") }
        result.append(next)
      case ("`", nil), ("`", "\""): return nil
      case ("$", nil), ("$", "\""):
        guard let value = variable(&rest) else { return nil }
        // Unquoted, the shell would split it or look for files.
        if quote == nil, value.isEmpty || value.contains(where: { $0.isWhitespace || "*?[".contains($0) }) {
          return nil
        }
        result += value
      default: result.append(character)
      }
    }
    return quote == nil ? result : nil
  }

  private func variable(_ rest: inout Substring) -> String? {
    let isBraced = rest.first == "{"
    if isBraced { rest.removeFirst() }
    let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
    guard Self.isName(name) else { return nil }
    rest = rest.dropFirst(name.count)
    if isBraced { guard rest.popFirst() == "}" else { return nil } }
    return variables[name]
  }
}

extension SessionSimulation {
  /// What is certain after one of several ways was taken, nobody knows which.
  static func joined(_ ways: [SessionSimulation], before: SessionSimulation) -> SessionSimulation {
    guard var result = ways.first else { return before }
    for way in ways.dropFirst() {
      if way.directory != result.directory { result.directory = before.directory }
      for (name, value) in way.variables where result.variables[name] != value {
        result.variables[name] = nil
        result.unknown.insert(name)
      }
      for name in result.variables.keys where way.variables[name] == nil {
        result.variables[name] = nil
        result.unknown.insert(name)
      }
      result.unknown.formUnion(way.unknown)
      result.opaqueSource = result.opaqueSource ?? way.opaqueSource
      result.directoryIsUnknown = result.directoryIsUnknown || way.directoryIsUnknown
    }
    return result
  }
}

extension SessionSimulation {
  func absolutePath(_ path: String) -> String {
    ReadingContext(directory: directory, variables: variables).absolutePath(path)
  }
}
