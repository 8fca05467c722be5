import Foundation
import Layer
import Runbook

/// One process, told from a later one with the same number by when it started.
struct RunningProcess: Hashable, Sendable {
  var pid: Int
  /// Clock ticks since the machine started.
  var start: String
  /// At most fifteen characters: the kernel's name for it.
  var name: String
  var arguments: [String]

  var identity: String { "\(pid)@\(start)" }
  /// Parts as people know the command. For messages; it may hold secrets, so it is redacted and cut where it is shown.
  var line: String { arguments.isEmpty ? "[\(name)]" : arguments.joined(separator: " ") }
}

/// The processes of one place, as they are now.
struct ProcessTable: Sendable {
  let processes: [RunningProcess]

  /// Throws `CommandFailure` where the place cannot be asked, and `NoProcessTable` where it has no `/proc`.
  init(of effect: Effect, in environment: StepEnvironment) async throws {
    if effect.place.isThisMachine {
      processes = Self.ownProcesses()
      return
    }
    let script = """
      cd /proc && for p in [0-9]*; do s=$(cat $p/stat 2>/dev/null) || continue; printf '%s\\n' "$s"; \
      tr '\\000\\n' '\\037 ' < $p/cmdline 2>/dev/null; printf '\\n'; done
      """
    let result = try await environment.run(["sh", "-c", script], for: effect)
    guard result.status == 0 else { throw NoProcessTable(place: effect.place.label, said: result.errorText) }
    let lines = result.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    processes = stride(from: 0, to: lines.count - 1, by: 2).compactMap { index in
      Self.process(stat: lines[index], arguments: lines[index + 1].split(separator: "\u{1f}").map(String.init))
    }
  }

  private static func ownProcesses() -> [RunningProcess] {
    let own = ProcessInfo.processInfo.processIdentifier
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { name in
      // One that ended while we looked is not there.
      guard let pid = Int32(name), pid != own, let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
      else { return nil }
      return process(
        stat: String(decoding: stat, as: UTF8.self),
        arguments: line.split(separator: 0, omittingEmptySubsequences: false).dropLast()
          .map { String(decoding: $0, as: UTF8.self) })
    }.sorted { $0.pid < $1.pid }
  }

  /// `12 (python3) S 1 … start …`: the name may hold anything, so the last bracket counts. One that has ended and only
  /// waits for its parent is left out.
  private static func process(stat: String, arguments: [String]) -> RunningProcess? {
    guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close,
      let pid = Int(stat[..<open].trimmingCharacters(in: .whitespaces))
    else { return nil }
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return RunningProcess(
      pid: pid, start: String(fields[19]), name: String(stat[stat.index(after: open)..<close]), arguments: arguments)
  }

  // MARK: Finding

  /// What `killall` (whole names) and `pkill` (a part, or of the whole line) would reach.
  func matching(_ names: [String], wholeLine: Bool, isExact: Bool) -> [RunningProcess] {
    processes.filter { process in
      names.contains { name in
        if wholeLine { return isExact ? process.line == name : process.line.contains(name) }
        if !isExact { return process.name.contains(name) }
        if process.name == name { return true }
        // The kernel cuts names; then the name in the command line counts.
        return name.utf8.count > 15 && process.name == String(name.prefix(15))
          && process.arguments.prefix(2).contains { Self.baseName($0) == name }
      }
    }
  }

  /// Those that have a name in their command line, without being named so.
  func alike(_ names: [String], except found: [RunningProcess]) -> [RunningProcess] {
    let words = names.filter { $0.count >= 4 }
    return processes.filter { process in
      !found.contains(process)
        && process.arguments.contains { argument in words.contains { Self.baseName(argument) == Self.baseName($0) } }
    }
  }

  /// By what a started program is known whatever its command line becomes: the script that an interpreter runs, else the
  /// program itself.
  static func name(of words: [String]) -> String {
    let operands = words.filter { !$0.hasPrefix("-") && !$0.contains("=") }
    let script = operands.first { word in
      word.contains("/") || word.contains(".") && word.contains(where: \.isLetter)
    }
    return baseName(script ?? operands.first ?? "")
  }

  /// Those that have the name, to the kernel or in their command line, and those of `pids`.
  func named(_ name: String, or pids: Set<Int>, except found: [RunningProcess]) -> [RunningProcess] {
    let alike = alike([name], except: found)
    return processes.filter { process in
      !found.contains(process)
        && (alike.contains(process) || process.name == String(name.prefix(15)) || pids.contains(process.pid))
    }
  }

  /// Those that run `words`: an interpreter may stand before them, and the program may have a folder.
  func running(_ words: [String]) -> [RunningProcess] {
    guard let first = words.first else { return [] }
    return processes.filter { process in
      guard process.arguments.count >= words.count else { return false }
      let tail = process.arguments.suffix(words.count)
      return tail.dropFirst().elementsEqual(words.dropFirst())
        && tail.first.map { Self.baseName($0) == Self.baseName(first) } ?? false
    }
  }

  private static func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  // MARK: Ports

  /// The TCP ports on which these processes of this machine listen.
  static func listeningPorts(of processes: [RunningProcess]) -> [Int] {
    var inodes: Set<String> = []
    for process in processes {
      let folder = "/proc/\(process.pid)/fd"
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
        if let inode = target?.dropping(prefix: "socket:[") { inodes.insert(String(inode.dropLast())) }
      }
    }
    guard !inodes.isEmpty else { return [] }
    var ports: Set<Int> = []
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      guard let data = FileManager.default.contents(atPath: table) else { continue }
      for line in String(decoding: data, as: UTF8.self).split(separator: "\n").dropFirst() {
        let fields = line.split(separator: " ")
        // 0A is LISTEN.
        guard fields.count > 9, fields[3] == "0A", inodes.contains(String(fields[9])),
          let port = fields[1].split(separator: ":").last.flatMap({ Int($0, radix: 16) })
        else { continue }
        ports.insert(port)
      }
    }
    return ports.sorted()
  }
}

/// A place whose processes cannot be listed.
struct NoProcessTable: Error, CustomStringConvertible {
  var place: String
  var said: String
  var description: String { "the processes of \(place) cannot be listed" + (said.isEmpty ? "" : ": \(said)") }
}

extension Place {
  /// ` in ssh:web`, ` under sudo`; nothing where it is here.
  var suffix: String {
    switch self {
    case .here: ""
    case .sudo: " under sudo"
    default: " in \(label)"
    }
  }
}
