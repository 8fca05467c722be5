import Foundation
import Glibc

/// What `/proc` says of one process.
struct ProcessEntry {
  var pid: Int32
  var parent: Int32
  var isZombie: Bool
  var startTime: UInt64

  var mark: ProcessMark { ProcessMark(pid: pid, startTime: startTime, boot: ProcessTable.boot) }
}

/// Reads `/proc`.
enum ProcessTable {
  /// Which boot this is.
  static let boot: String = String(decoding: contents("/proc/sys/kernel/random/boot_id") ?? [], as: UTF8.self)
    .trimmingCharacters(in: .whitespacesAndNewlines)

  static func contents(_ path: String) -> [UInt8]? {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { return nil }
    defer { close(fd) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(fd, &buffer, buffer.count)
      if count < 0 { return nil }
      if count == 0 { return result }
      result.append(contentsOf: buffer[..<count])
    }
  }

  static func entry(of pid: Int32) -> ProcessEntry? {
    // The name, in parentheses, may hold anything: what counts begins after the last one.
    guard let bytes = contents("/proc/\(pid)/stat"), let end = bytes.lastIndex(of: UInt8(ascii: ")")) else {
      return nil
    }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let parent = Int32(String(decoding: fields[1], as: UTF8.self)),
      let start = UInt64(String(decoding: fields[19], as: UTF8.self))
    else { return nil }
    let state = fields[0].first
    return ProcessEntry(
      pid: pid, parent: parent, isZombie: state == UInt8(ascii: "Z") || state == UInt8(ascii: "X"), startTime: start)
  }

  static func isAlive(_ mark: ProcessMark) -> Bool {
    guard mark.boot == boot, let entry = entry(of: mark.pid) else { return false }
    return entry.startTime == mark.startTime && !entry.isZombie
  }

  static func all() -> [ProcessEntry] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var result: [ProcessEntry] = []
    while let item = readdir(folder) {
      let name = withUnsafePointer(to: &item.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let pid = Int32(name), let entry = entry(of: pid) { result.append(entry) }
    }
    return result
  }

  /// All that descend from `roots`, without them.
  static func descendants(of roots: Set<Int32>, in table: [ProcessEntry]) -> [ProcessEntry] {
    let children = Dictionary(grouping: table, by: \.parent)
    var result: [ProcessEntry] = []
    var queue = Array(roots)
    var seen = roots
    while let pid = queue.popLast() {
      for child in children[pid] ?? [] where seen.insert(child.pid).inserted {
        result.append(child)
        queue.append(child.pid)
      }
    }
    return result
  }

  /// Whether a process has children other than `known`; cheap. Nil: this kernel does not say.
  static func hasChildren(_ pid: Int32, besides known: Int32? = nil) -> Bool? {
    guard let bytes = contents("/proc/\(pid)/task/\(pid)/children") else { return nil }
    return bytes.split(separator: UInt8(ascii: " ")).contains { Int32(String(decoding: $0, as: UTF8.self)) != known }
  }

  /// A variable of the environment with which a process was started; nil where it has none or is not ours to read.
  static func variable(_ name: String, of pid: Int32) -> String? {
    guard let bytes = contents("/proc/\(pid)/environ") else { return nil }
    let prefix = Array("\(name)=".utf8)
    return bytes.split(separator: 0).first { $0.starts(with: prefix) }.map {
      String(decoding: $0.dropFirst(prefix.count), as: UTF8.self)
    }
  }
}
