import Foundation
import Layer
import Runbook

/// A real place for a command to act in, with this machine's own tools in it, and with a test's folder at the same path.
/// It is there for the time of `run`, and leaves nothing.
public struct TestPlace: Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    case here, sudo, container, ssh

    /// Whether there is such a place; else its tests are skipped.
    public var isAvailable: Bool { whyNot == nil }
    /// Why its tests are skipped.
    public var whyNot: String? {
      switch self {
      case .here: nil
      case .sudo: TestPlace.noSudo
      case .container: TestPlace.noContainer
      case .ssh: TestPlace.noSSH
      }
    }
  }

  public let kind: Kind
  /// What the session must have for its commands to get there.
  public let variables: [String: String]
  private let name: String
  /// The place's own files: keys, settings, and what is `$HOME` there (but for sudo, which sets it).
  private let own: String
  private var clientConfig: String { own + "/client" }

  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  /// - Parameters:
  ///   - folders: what the test works with; in a container nothing else can be written.
  ///   - path: found before the system's programs (not by sudo, which has a path of its own).
  ///   - variables: of every command there (not by sudo, which hands on nothing).
  public static func run<Result: Sendable>(
    _ kind: Kind, folders: [String], path: [String] = [], variables: [String: String] = [:],
    _ body: (TestPlace) async throws -> Result
  ) async throws -> Result {
    let place = try TestPlace(kind)
    let there = [
      "HOME": place.own + "/home",
      "PATH": (path + ["/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]).joined(separator: ":"),
    ].merging(variables) { $1 }
    var server: Process?
    do {
      switch kind {
      case .here, .sudo: break
      case .container: try await place.startContainer(folders + [place.own], there)
      case .ssh: server = try await place.startServer(there)
      }
      let result = try await body(place)
      await place.end(server)
      return result
    } catch {
      await place.end(server)
      throw error
    }
  }

  private init(_ kind: Kind) throws {
    self.kind = kind
    name = "backout-place-\(UUID().uuidString.lowercased().prefix(8))"
    own = NSTemporaryDirectory() + name
    try FileManager.default.createDirectory(atPath: own + "/home", withIntermediateDirectories: true)
    var variables: [String: String] = [:]
    if kind == .container {
      for name in ["DOCKER_HOST", "XDG_RUNTIME_DIR"] { variables[name] = ProcessInfo.processInfo.environment[name] }
      variables["DOCKER_CONFIG"] = own + "/docker"
    }
    self.variables = variables
  }

  // MARK: Commands

  /// `command` as a runbook would write it for this place. What it redirects is opened there over ssh, and here else.
  public func text(_ command: String, options: String = "") -> String {
    switch kind {
    case .here: command
    case .sudo: "sudo \(options)\(command)"
    case .container: "docker exec \(options)\(name) \(command)"
    case .ssh: "ssh \(options)-F \(clientConfig) there \(ShellQuoting.quoted(command))"
    }
  }

  /// Runs `script` there by other means than a driver's; what it prints. Throws `Failure` where it fails.
  @discardableResult
  public func shell(_ script: String) async throws -> String {
    let result = try await attempt(script)
    guard result.status == 0 else { throw Failure(description: "\(script): \(result.errorText)") }
    return result.trimmed
  }

  public func attempt(_ script: String) async throws -> CommandResult {
    let words: [String] =
      switch kind {
      case .here: ["sh", "-c", script]
      case .sudo: ["sudo", "-n", "sh", "-c", script]
      case .container: ["docker", "exec", name, "sh", "-c", script]
      case .ssh: ["ssh", "-F", clientConfig, "there", script]
      }
    return try await Self.command(words, variables)
  }

  private static func command(_ words: [String], _ variables: [String: String] = [:]) async throws -> CommandResult {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return try await ProcessRunner().run(
      CommandRequest(words: words, directory: "/", variables: ["PATH": path].merging(variables) { $1 }, timeout: 60))
  }

  private func must(_ words: [String]) async throws {
    let result = try await Self.command(words, variables)
    guard result.status == 0 else {
      throw Failure(description: "\(words.joined(separator: " ")): \(result.errorText)")
    }
  }

  // MARK: sudo

  private static let noSudo: String? =
    TestDocker.answers(["sudo", "-n", "true"]) ? nil : "sudo is not here, or asks for a password"

  // MARK: Container

  private static let noContainer: String? =
    TestDocker.answers(["docker", "info"]) ? nil : "no container engine answers"

  /// An image of nothing, and all that is in it is this machine's, which cannot be written.
  private func startContainer(_ folders: [String], _ there: [String: String]) async throws {
    try await must(["bash", "-c", "tar -c -T /dev/null | docker import - \(name):1"])
    let system = ["/usr", "/bin", "/lib", "/lib64", "/etc"].filter(FileManager.default.fileExists)
    let mounts = system.map { "\($0):\($0):ro" } + Set(folders).sorted().map { "\($0):\($0)" }
    // A database of the test listens on the loopback of this machine.
    try await must(
      ["docker", "run", "-d", "--rm", "--init", "--network", "host", "--name", name]
        + there.sorted { $0.key < $1.key }.flatMap { ["-e", "\($0.key)=\($0.value)"] }
        + mounts.flatMap { ["-v", $0] } + ["\(name):1", "sleep", "1000"])
  }

  // MARK: ssh

  private static let server = "/usr/sbin/sshd"

  private static let noSSH: String? = {
    guard FileManager.default.isExecutableFile(atPath: server) else {
      return "\(server) is not here (openssh-server)"
    }
    return TestDocker.answers(["ssh", "-V"]) ? nil : "ssh is not here (openssh-client)"
  }()

  /// A server for this test's key only; nothing of ~/.ssh and /etc/ssh is read. One connection carries all commands.
  private func startServer(_ there: [String: String]) async throws -> Process {
    // As Debian's own start of the service makes it; root's server wants it.
    if geteuid() == 0 {
      try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    for key in ["host", "key"] {
      try await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", "\(own)/\(key)"])
    }
    let variables = there.sorted { $0.key < $1.key }.map { "\"\($0.key)=\($0.value)\"" }.joined(separator: " ")
    for _ in 0..<8 {
      let port = Int.random(in: 20_000..<50_000)
      try """
      Port \(port)
      ListenAddress 127.0.0.1
      HostKey \(own)/host
      AuthorizedKeysFile \(own)/key.pub
      PidFile none
      StrictModes no
      UsePAM no
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      PermitRootLogin prohibit-password
      PermitUserRC no
      MaxStartups 100
      PrintMotd no
      SetEnv \(variables)

      """.write(toFile: own + "/server", atomically: true, encoding: .utf8)
      try """
      Host there
        HostName 127.0.0.1
        Port \(port)
        User \(NSUserName())
        IdentityFile \(own)/key
        IdentitiesOnly yes
        IdentityAgent none
        HostKeyAlias there
        UserKnownHostsFile \(own)/known
        GlobalKnownHostsFile /dev/null
        BatchMode yes
        LogLevel ERROR
        ControlMaster auto
        ControlPath \(own)/control
        ControlPersist 30

      """.write(toFile: clientConfig, atomically: true, encoding: .utf8)
      let key = try String(contentsOfFile: own + "/host.pub", encoding: .utf8)
      try "there \(key)".write(toFile: own + "/known", atomically: true, encoding: .utf8)
      let server = Process()
      server.executableURL = URL(fileURLWithPath: "/bin/bash")
      server.arguments = ["-c", Self.guardian, "guardian", Self.server, own]
      server.standardInput = Pipe()
      server.standardOutput = FileHandle.nullDevice
      server.standardError = FileHandle.nullDevice
      try server.run()
      for _ in 0..<100 where server.isRunning {
        if try await attempt("true").status == 0 { return server }
        try await Task.sleep(for: .milliseconds(50))
      }
      await end(only: server)
    }
    let log = (try? String(contentsOfFile: own + "/log", encoding: .utf8)) ?? ""
    throw Failure(description: "sshd did not start: \(log.suffix(2000))")
  }

  /// Ends the server, by its process id, when its own input ends: with the test, or with the whole process.
  private static let guardian = #"""
    "$1" -D -f "$2/server" -E "$2/log" </dev/null & pid=$!
    while kill -0 "$pid" 2>/dev/null; do
      read -r -t 0.5 _
      # Above 128 nothing came in time.
      [ $? -gt 128 ] || break
    done
    kill "$pid" 2>/dev/null
    wait "$pid"
    """#

  private func end(only server: Process) async {
    _ = try? await Self.command(["ssh", "-F", clientConfig, "-O", "exit", "there"])
    // It takes its socket away by itself.
    for _ in 0..<100 where FileManager.default.fileExists(atPath: own + "/control") {
      try? await Task.sleep(for: .milliseconds(20))
    }
    try? (server.standardInput as? Pipe)?.fileHandleForWriting.close()
    server.waitUntilExit()
  }

  private func end(_ server: Process?) async {
    if let server { await end(only: server) }
    if kind == .container {
      _ = try? await Self.command(["docker", "rm", "-fv", name], variables)
      _ = try? await Self.command(["docker", "rmi", "\(name):1"], variables)
    }
    try? FileManager.default.removeItem(atPath: own)
  }
}
