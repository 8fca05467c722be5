import Foundation
import Runbook
import Testing

/// One world of Examples/call-sid-webhook, broken, and the real binary in it.
final class CallSIDWorld: Sendable {
  struct Ended: Sendable {
    var status: Int32
    var output: String
    var errors: String

    var json: JSONValue {
      get throws { try JSONDecoder().decode(JSONValue.self, from: Data(output.utf8)) }
    }
    /// One for each line, of `--events`.
    var events: [JSONValue] {
      get throws {
        try output.split(separator: "\n").map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
      }
    }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let example = root.appendingPathComponent("Examples/call-sid-webhook").path
  /// Nil: this checkout stands alone.
  static let seed: String? = {
    let shared =
      ProcessInfo.processInfo.environment["BACKOUT_SHARED"]
      ?? root.deletingLastPathComponent().appendingPathComponent("shared").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: shared + "/seeds")) ?? []
    return names.first { $0.hasPrefix("001_") }.map { shared + "/seeds/" + $0 }
  }()
  /// The debug build beside the test bundle.
  static let executable: String = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appendingPathComponent("backout").path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    return root.appendingPathComponent(".build/debug/backout").path
  }()

  let folder: String
  let runbook: String
  private let variables: [String: String]
  private var checkout: String { folder + "/agy-backend" }

  /// - Parameter runbook: a file to be bound instead of the example's own.
  init(runbook: String? = nil) throws {
    folder = NSTemporaryDirectory() + "backout-e2e-" + UUID().uuidString.prefix(8)
    self.runbook = runbook.map { ($0 as NSString).lastPathComponent } ?? "ROLLBACK.md"
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("BACKOUT_") }
    variables["WORLD_FAST"] = "1"
    variables["WORLD_CALLERS"] = "0"
    variables["XDG_CONFIG_HOME"] = folder + "-config"
    let world = Self.example + "/world"
    do {
      let up = ["--dir", folder, "up"] + (runbook.map { ["--runbook", $0] } ?? [])
      for arguments in [up, ["--dir", folder, "break"]] {
        let ended = try Self.run([world] + arguments, in: "/", variables)
        guard ended.status == 0 else { throw WorldError(text: "world \(arguments[2]): \(ended.errors)") }
      }
    } catch {
      _ = try? Self.run([world, "--dir", folder, "down"], in: "/", variables)
      throw error
    }
    let listed = try Self.run(["bash", "-c", ". '\(folder)/env' && env -0"], in: "/", variables)
    for line in listed.output.split(separator: "\0") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
    self.variables = variables
  }

  /// Ends every process of the world and removes it.
  func down() {
    _ = try? Self.run([Self.example + "/world", "--dir", folder, "down"], in: "/", variables)
    try? FileManager.default.removeItem(atPath: folder + "-config")
  }

  func backout(_ arguments: String..., faults: [String: String] = [:]) throws -> Ended {
    try Self.run([Self.executable] + arguments, in: checkout, variables.merging(faults) { $1 })
  }

  func backout(_ arguments: [String]) throws -> Ended {
    try Self.run([Self.executable] + arguments, in: checkout, variables)
  }

  func confirm() throws {
    let digest = try backout("convert", "--json", runbook).json["digest"]?.stringValue ?? ""
    let ended = try backout("confirm", runbook, "--digest", String(digest.prefix(8)))
    try #require(ended.status == 0, "\(ended.errors)")
  }

  /// What is really there, without what time alone changes.
  func state() throws -> JSONValue {
    try Self.run([Self.example + "/world", "--dir", folder, "state", "--stable"], in: "/", variables).json
  }

  func sql(_ text: String) throws -> String {
    let ended = try Self.run(["psql", "-AtXq", variables["DATABASE_URL"] ?? "", "-c", text], in: "/", variables)
    try #require(ended.status == 0, "\(ended.errors)")
    return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func run(_ words: [String], in directory: String, _ variables: [String: String]) throws -> Ended {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.environment = variables
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: what the world leaves running holds the other end.
    let name = NSTemporaryDirectory() + "backout-e2e-output-" + UUID().uuidString
    var texts: [String] = []
    for suffix in [".out", ".err"] { try Data().write(to: URL(fileURLWithPath: name + suffix)) }
    defer { for suffix in [".out", ".err"] { try? FileManager.default.removeItem(atPath: name + suffix) } }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: name + ".out"))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: name + ".err"))
    try process.run()
    process.waitUntilExit()
    for suffix in [".out", ".err"] {
      texts.append(String(decoding: try Data(contentsOf: URL(fileURLWithPath: name + suffix)), as: UTF8.self))
    }
    let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Ended(status: status, output: texts[0], errors: texts[1])
  }
}

struct WorldError: Error, CustomStringConvertible {
  var text: String
  var description: String { text }
}

extension JSONValue {
  /// The steps of these kinds of events, in order.
  static func steps(_ kind: String, in events: [JSONValue]) -> [String] {
    events.filter { $0["kind"]?.stringValue == kind }.compactMap { $0["step"]?.stringValue }
  }

  subscript(path path: String...) -> JSONValue? { path.reduce(Optional(self)) { $0?[$1] } }

  var elements: [JSONValue] { if case .array(let values) = self { values } else { [] } }
  var members: [String: JSONValue] { if case .object(let values) = self { values } else { [:] } }
}
