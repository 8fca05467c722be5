import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import DeclaredLayer

private enum Installed {
  static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  static func has(_ programs: String...) -> Bool {
    programs.allSatisfy { program in
      path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }
  }
}

/// The declarations whose tools can be had here, with those tools.
@Suite struct RealToolTests {
  /// A program that runs for the test's time, and is ended by its process id.
  private final class Running: Sendable {
    private let process = Process()

    init(_ words: [String], until path: String) async throws {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = words
      process.environment = ["PATH": Installed.path]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      for _ in 0..<200 where !FileManager.default.fileExists(atPath: path) {
        try await Task.sleep(for: .milliseconds(50))
      }
      try #require(FileManager.default.fileExists(atPath: path), "\(words) did not start")
    }

    func stop() {
      process.terminate()
      process.waitUntilExit()
    }
  }

  private struct Line {
    var statement: ShellStatement
    var command: ParsedCommand
    var environment: StepEnvironment
    var effect: Effect

    init(_ text: String, in tools: ToolFolder) throws {
      statement = try #require(ShellReader().statements(of: text, line: 1).first)
      command = try #require(statement.commands.last)
      environment = tools.environment(variables: ["PATH": tools.folder.path + ":" + Installed.path])
      effect = try #require(DeclaredDriver().recognise(.command(command), in: environment.context))
    }

    func conforms(
      disturb: String? = nil, survives: String = "true", reset: String = "true", isProvable: Bool = true
    ) async throws -> [String] {
      let shell = PlainShell(directory: environment.context.directory, variables: environment.context.variables)
      let change: @Sendable () async throws -> Void = { _ = try await shell.run(disturb ?? "false", timeout: 20) }
      let report = try await exerciseDriver(
        DeclaredDriver(),
        DriverScenario(
          name: statement.text, action: .command(command), statement: statement.text, environment: environment,
          disturb: disturb == nil ? nil : change,
          disturbanceSurvives: { try await shell.run(survives, timeout: 20).succeeded },
          reset: { _ = try await shell.run(reset, timeout: 20) }, isProvable: isProvable))
      return report.violations
    }
  }

  // MARK: HAProxy

  private static func proxy() throws -> (tools: ToolFolder, words: [String], socket: String) {
    let tools = try ToolFolder([:])
    let socket = tools.folder.appendingPathComponent("ctl").path
    try tools.set(
      "haproxy.cfg",
      """
      global
        stats socket \(socket) level admin
      defaults
        mode http
        timeout connect 1s
        timeout client 1s
        timeout server 1s
      frontend in
        bind unix@\(tools.folder.path)/in
        default_backend be
      backend be
        server old 127.0.0.1:9 weight 90
        server new 127.0.0.1:9 weight 10
        server older 127.0.0.1:9

      """)
    return (tools, ["haproxy", "-db", "-f", tools.folder.appendingPathComponent("haproxy.cfg").path], socket)
  }

  @Test(.enabled(if: Installed.has("haproxy", "socat"), "haproxy or socat is not installed")) func haproxy()
    async throws
  {
    let (tools, words, socket) = try Self.proxy()
    let running = try await Running(words, until: socket)
    defer {
      running.stop()
      tools.remove()
    }
    func ctl(_ command: String) -> String { "echo '\(command)' | socat stdio \(socket)" }
    let weights: [(String, Bool)] = [
      ("set server be/old weight 0", true), ("set weight be/old 5", true), ("set weight be/old 50%", false),
    ]
    let shell = PlainShell(directory: "/", variables: ["PATH": Installed.path])
    for (command, isProvable) in weights {
      _ = try await shell.run(ctl("set weight be/old 90"), timeout: 10)
      let violations = try await Line(ctl(command), in: tools).conforms(
        disturb: ctl("set weight be/old 33"), survives: "\(ctl("get weight be/old")) | grep -q '^33 '",
        reset: ctl("set weight be/old 90"), isProvable: isProvable)
      #expect(violations == [], "\(command)")
    }
    for command in ["set server be/old state drain", "disable server be/old"] {
      let other = command.hasPrefix("disable") ? "drain" : "maint"
      let violations = try await Line(ctl(command), in: tools).conforms(
        disturb: ctl("set server be/old state \(other)"),
        survives: "\(ctl("show servers state be")) | grep -q ' old 127.0.0.1 [0-9] \(other == "drain" ? 8 : 1) '",
        reset: ctl("set server be/old state ready"))
      #expect(violations == [], "\(command)")
      _ = try await shell.run(ctl("set server be/old state ready"), timeout: 10)
    }
    _ = try await shell.run(ctl("set server be/new state maint"), timeout: 10)
    #expect(try await Line(ctl("enable server be/new"), in: tools).conforms() == [])

    // The socket says "No such server." and socat exits 0.
    for command in ["set weight be/nobody 3", "disable server be/nobody", "disable server be/ol"] {
      let line = try Line(ctl(command), in: tools)
      let before = try await DeclaredDriver().observe(line.effect, in: line.environment)
      #expect(!before.isObserved, "\(command): \(before.summary)")
      let forecast = try await DeclaredDriver().forecast(line.effect, before: before, in: line.environment)
      #expect(forecast.problems.map(\.code) == ["not-observed"])
    }
  }

  // MARK: nginx

  @Test(.enabled(if: Installed.has("nginx", "pgrep", "python3"), "nginx, pgrep or python3 is not installed"))
  func nginx() async throws {
    let tools = try ToolFolder([:])
    let folder = tools.folder.path
    func configure(_ weight: Int, listen: String = "unix:\(folder)/in") throws {
      try tools.set(
        "nginx.conf",
        """
        daemon off;
        pid \(folder)/nginx.pid;
        error_log \(folder)/error.log;
        events {}
        http {
          access_log off;
          upstream shop { server unix:\(folder)/old weight=\(weight); server unix:\(folder)/new weight=1; }
          server { listen \(listen); location / { proxy_pass http://shop; } }
        }

        """)
    }
    try configure(9)
    let running = try await Running(
      ["nginx", "-e", "\(folder)/error.log", "-c", "\(folder)/nginx.conf"], until: "\(folder)/nginx.pid")
    defer {
      running.stop()
      tools.remove()
    }
    try await Task.sleep(for: .milliseconds(300))
    let line = try Line("nginx -e \(folder)/error.log -c \(folder)/nginx.conf -s reload", in: tools)
    #expect(line.effect.undoneLast == true && line.effect.layer == .traffic)
    try configure(1)
    #expect(try await line.conforms() == [])

    // nginx reads this configuration and cannot listen there: the old workers stay, and `-s reload` exits 0.
    let holds =
      "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(99)"
    let holder = try await Running(["python3", "-c", holds, "\(folder)/taken"], until: "\(folder)/taken")
    defer { holder.stop() }
    try configure(1, listen: "unix:\(folder)/taken")
    let before = try await DeclaredDriver().observe(line.effect, in: line.environment)
    let outcome = try await line.environment.session?.run(line.statement.text, timeout: 20)
    #expect(outcome?.succeeded == true, "\(outcome?.output ?? "")")
    let after = try await DeclaredDriver().observe(line.effect, in: line.environment)
    guard case .refuted = DeclaredDriver().verify(line.effect, before: before, after: after, outcome: outcome) else {
      Issue.record("a reload that nginx gave up is not refuted: \(before.summary) → \(after.summary)")
      return
    }
  }

  // MARK: flagd's file

  private static let flags = """
    {
      "$schema": "https://flagd.dev/schema/v0/flags.json",
      "flags": {
        "new-shop": { "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "on" }
      }
    }

    """

  @Test(
    .enabled(if: Installed.has("jq"), "jq is not installed"),
    arguments: [#"state = "DISABLED""#, #"defaultVariant = "off""#])
  func flagd(_ change: String) async throws {
    let tools = try ToolFolder(
      ["sponge": "cat > \"$1.new\" && mv \"$1.new\" \"$1\""], state: ["flags.json": Self.flags])
    defer { tools.remove() }
    let line = try Line("jq '.flags[\"new-shop\"].\(change)' flags.json | sponge flags.json", in: tools)
    #expect(line.effect.layer == .flag && line.effect.reversibility == .exact)
    let violations = try await line.conforms(
      disturb: "sed -i 's/DISABLED/PAUSED/; s/\"off\"$/\"dim\"/' flags.json",
      survives: "grep -q -e PAUSED -e dim flags.json",
      reset: "cat > flags.json <<'E'\n\(Self.flags)E")
    #expect(violations == [])
  }
}
