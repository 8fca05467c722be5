import Foundation
import Runbook

/// A shell's state as bash itself wrote it down, so that a new bash can take it over.
struct ShellSnapshot: Codable, Hashable {
  var directory: Data
  /// `declare -p`, without what bash counts and sets by itself.
  var variables: Data
  var functions: Data
  /// `shopt -p`, `umask -p`, `alias -p`.
  var settings: Data
  /// `set +o`.
  var options: Data
  /// `trap -p`, without EXIT.
  var traps: Data
  /// The statements' own EXIT trap, as one word of shell syntax; empty: none.
  var exitTrap: Data
  /// `$?`
  var status: Int

  /// What bash changes by itself with each command, and what is this program's.
  private static let passing: Set<[UInt8]> = Set(
    [
      "_", "RANDOM", "SRANDOM", "SECONDS", "EPOCHSECONDS", "EPOCHREALTIME", "LINENO", "BASHPID", "BASH_COMMAND",
      "BASH_SUBSHELL", "PIPESTATUS", "HISTCMD", "BASH_LINENO", "BASH_SOURCE", "BASH_ARGC", "BASH_ARGV", "FUNCNAME",
      "DIRSTACK", "GROUPS", "BASH_EXECUTION_STRING", "BASH_CMDS", "BASH_ALIASES", "BASH_MONOSECONDS", "BASH_VERSINFO",
      "PPID", "UID", "EUID", "SHELLOPTS", "BASHOPTS", "BASH_STATEMENT", "BACKOUT_STATEMENT", "BACKOUT_SESSION", "SHLVL",
      "BASH_LOADABLES_PATH",
    ].map { Array($0.utf8) })

  /// - Parameters:
  ///   - parts: of the report, in its order.
  ///   - ownTrap: how bash prints this program's EXIT trap.
  init?(parts: [ArraySlice<UInt8>], ownTrap: [UInt8], previous: ShellSnapshot?) {
    guard parts.count == ShellProgram.reportParts, let status = Int(String(decoding: parts[0], as: UTF8.self)) else {
      return nil
    }
    self.status = status
    directory = Data(parts[1])
    variables = Self.lasting(parts[2])
    functions = Data(parts[3])
    settings = Data(parts[4])
    options = Data(parts[5])
    let exit = Array(parts[7])
    if exit == ownTrap || ownTrap.isEmpty {
      exitTrap = previous?.exitTrap ?? Data()
    } else {
      exitTrap = Self.word(ofTrap: exit)
    }
    traps = Self.without(exit, in: parts[6])
  }

  var digest: Digest {
    var all = Data()
    for part in [directory, variables, functions, settings, options, traps, exitTrap] {
      all.append(part)
      all.append(0)
    }
    return Digest(of: all)
  }

  /// Whether both are the same state; `$?` is not part of it.
  func isSameState(as other: ShellSnapshot) -> Bool {
    var other = other
    other.status = status
    return self == other
  }

  var directoryPath: String { String(decoding: directory, as: UTF8.self) }

  var exported: [String: String] {
    var result: [String: String] = [:]
    for entry in Declaration.all(in: [UInt8](variables)[...]) where entry.attributes.contains(UInt8(ascii: "x")) {
      guard let value = entry.value else { continue }
      result[String(decoding: entry.name, as: UTF8.self)] = String(decoding: ShellWord.decode(value), as: UTF8.self)
    }
    return result
  }

  /// What makes a new bash this one. Standing in `folder`.
  func restoring(in folder: String) -> Data {
    var text = Data()
    func line(_ string: String) { text.append(contentsOf: (string + "\n").utf8) }
    line("builtin cd -- \(ShellProgram.quoted(folder))")
    text.append(settings.filter(beginning: "shopt "))
    text.append(variables)
    if folder != directoryPath { line("builtin cd -- \(ShellProgram.quoted(folder))") }
    text.append(functions)
    text.append(settings.filter(beginning: "umask "))
    text.append(settings.afterShopt)
    text.append(traps)
    text.append(options)
    line("__backout_status=\(status)")
    text.append(contentsOf: "__backout_user_trap=".utf8)
    text.append(exitTrap)
    return text
  }

  private static func lasting(_ bytes: ArraySlice<UInt8>) -> Data {
    var result = Data()
    result.reserveCapacity(bytes.count)
    let own = Array("__backout_".utf8)
    for entry in Declaration.all(in: bytes) where !passing.contains(Array(entry.name)) && !entry.name.starts(with: own)
    {
      result.append(contentsOf: entry.text)
      result.append(UInt8(ascii: "\n"))
    }
    return result
  }

  /// The quoted word of `trap -- 'word' EXIT`.
  private static func word(ofTrap bytes: [UInt8]) -> Data {
    let prefix = Array("trap -- ".utf8)
    let suffix = Array(" EXIT\n".utf8)
    guard bytes.starts(with: prefix), bytes.count >= prefix.count + suffix.count,
      bytes.suffix(suffix.count) == suffix[...]
    else { return Data() }
    return Data(bytes.dropFirst(prefix.count).dropLast(suffix.count))
  }

  private static func without(_ part: [UInt8], in bytes: ArraySlice<UInt8>) -> Data {
    // `trap -p` prints EXIT first, as signal 0.
    Data(!part.isEmpty && bytes.starts(with: part) ? bytes.dropFirst(part.count) : bytes)
  }
}

extension Data {
  /// The lines that begin so. For output of `shopt` and `umask`, which is a line each.
  fileprivate func filter(beginning prefix: String) -> Data {
    var result = Data()
    for line in split(separator: UInt8(ascii: "\n")) where line.starts(with: prefix.utf8) {
      result.append(line)
      result.append(UInt8(ascii: "\n"))
    }
    return result
  }

  /// The aliases: all that follows the line of `umask`.
  fileprivate var afterShopt: Data {
    guard let range = range(of: Data("umask ".utf8)), let end = self[range.upperBound...].firstIndex(of: 10) else {
      return Data()
    }
    return Data(self[index(after: end)...])
  }
}

/// One variable as `declare -p` prints it.
struct Declaration {
  /// The whole, without the newline.
  var text: ArraySlice<UInt8>
  /// The letters of `-ax`.
  var attributes: ArraySlice<UInt8>
  var name: ArraySlice<UInt8>
  /// As quoted by bash; nil: declared and not set.
  var value: ArraySlice<UInt8>?

  /// Reads them all. A value may hold newlines inside its quotes.
  static func all(in bytes: ArraySlice<UInt8>) -> [Declaration] {
    var result: [Declaration] = []
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = ShellWord.endOfLine(in: bytes[start...])
      if let one = Declaration(bytes[start..<end]) { result.append(one) }
      start = end < bytes.endIndex ? end + 1 : end
    }
    return result
  }

  private init?(_ line: ArraySlice<UInt8>) {
    let head = Array("declare -".utf8)
    guard line.starts(with: head) else { return nil }
    let rest = line.dropFirst(head.count)
    guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    text = line
    attributes = rest[..<space]
    let after = rest[(space + 1)...]
    if let equals = after.firstIndex(of: UInt8(ascii: "=")) {
      name = after[..<equals]
      value = after[(equals + 1)...]
    } else {
      name = after
      value = nil
    }
  }
}

/// Words as bash quotes them.
enum ShellWord {
  private static let quote = UInt8(ascii: "\"")
  private static let tick = UInt8(ascii: "'")
  private static let backslash = UInt8(ascii: "\\")

  /// Where the line ends: the first newline outside quotes, or the end.
  static func endOfLine(in bytes: ArraySlice<UInt8>) -> Int {
    bytes.withUnsafeBufferPointer { buffer in
      var inside: UInt8 = 0
      var ansi = false
      var index = 0
      while index < buffer.count {
        let byte = buffer[index]
        if inside == 0 {
          if byte == 10 { break }
          if byte == quote || byte == tick {
            inside = byte
            ansi = byte == tick && index > 0 && buffer[index - 1] == UInt8(ascii: "$")
          } else if byte == backslash {
            index += 1
          }
        } else if byte == backslash && (inside == quote || ansi) {
          index += 1
        } else if byte == inside {
          inside = 0
        }
        index += 1
      }
      return bytes.startIndex + min(index, buffer.count)
    }
  }

  /// The value that `"…"` or `$'…'` stands for.
  static func decode(_ word: ArraySlice<UInt8>) -> [UInt8] {
    if word.starts(with: [UInt8(ascii: "$"), tick]), word.count >= 3 {
      return decodeANSI(word.dropFirst(2).dropLast())
    }
    guard word.first == quote, word.count >= 2 else { return Array(word) }
    var result: [UInt8] = []
    var isEscaped = false
    for byte in word.dropFirst().dropLast() {
      if isEscaped {
        if ![backslash, quote, UInt8(ascii: "$"), UInt8(ascii: "`"), 10].contains(byte) { result.append(backslash) }
        result.append(byte)
        isEscaped = false
      } else if byte == backslash {
        isEscaped = true
      } else {
        result.append(byte)
      }
    }
    return result
  }

  private static let ansi: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "v"): 11,
    UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13, UInt8(ascii: "e"): 27, UInt8(ascii: "E"): 27,
  ]

  private static func decodeANSI(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = word
    while let byte = rest.popFirst() {
      guard byte == backslash, let next = rest.popFirst() else {
        result.append(byte)
        continue
      }
      if let value = ansi[next] {
        result.append(value)
      } else if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(next) {
        var value = Int(next) - 48
        while let digit = rest.first, (48...55).contains(digit), value < 32 {
          value = value * 8 + Int(digit) - 48
          rest.removeFirst()
        }
        result.append(UInt8(truncatingIfNeeded: value))
      } else {
        result.append(next)
      }
    }
    return result
  }
}

extension ShellWord {
  /// Whether a word of shell syntax is one word and runs no command when it is expanded.
  static func isExpandable(_ word: String) -> Bool {
    let bytes = Array(word.utf8)
    var inDouble = false
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      switch byte {
      case 0: return false
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "`"): return false
      case UInt8(ascii: "$") where next == UInt8(ascii: "("):
        // `$((…))` only computes, but an index inside it may hold a command.
        return false
      case UInt8(ascii: "\""): inDouble.toggle()
      case UInt8(ascii: "'") where !inDouble:
        let isANSI = index > 0 && bytes[index - 1] == UInt8(ascii: "$")
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "'") {
          if isANSI && bytes[index] == UInt8(ascii: "\\") { index += 1 }
          index += 1
        }
        if index >= bytes.count { return false }
      case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"),
        UInt8(ascii: "<"), UInt8(ascii: ">"), 10:
        if !inDouble { return false }
      default: break
      }
      index += 1
    }
    return !inDouble && index == bytes.count
  }
}
