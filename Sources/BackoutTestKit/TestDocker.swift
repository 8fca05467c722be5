import Foundation
import Layer

/// A folder with a compose project of its own on the machine's container engine. Every name is the test's own, and all of
/// it is taken away with the last copy of this value. Images are a static busybox and nothing else: no registry is asked.
public struct TestDocker: Sendable {
  public let folder: String
  /// The project's name, and the beginning of every name of an image or container.
  public let name: String
  public var variables: [String: String]
  private let remains: Remains

  /// Whether a container engine answers and compose and a static busybox are here; else such tests are skipped.
  public static let isAvailable = whyNot == nil
  /// Why such tests are skipped.
  public static let whyNot: String? = {
    guard let busybox else { return "no static busybox is here (busybox-static)" }
    guard answers(["docker-compose", "version"]) else { return "docker-compose is not here" }
    guard answers(["docker", "info"]) else { return "no container engine answers (\(busybox) is here)" }
    return nil
  }()

  private static let busybox: String? = ["/bin/busybox", "/usr/bin/busybox"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static func answers(_ words: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  /// Images `NAME:1` and `NAME:2`, and the compose file.
  public init(compose: (_ image: String) -> String) async throws {
    name = "backout-test-\(UUID().uuidString.lowercased().prefix(8))"
    folder = NSTemporaryDirectory() + name
    variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder + "/home"]
    for name in ["DOCKER_HOST", "XDG_RUNTIME_DIR"] {
      variables[name] = ProcessInfo.processInfo.environment[name]
    }
    variables["DOCKER_CONFIG"] = folder + "/config"
    remains = Remains(name: name, folder: folder, variables: variables)
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder + "/config/cli-plugins", withIntermediateDirectories: true)
    try manager.createDirectory(atPath: folder + "/home", withIntermediateDirectories: true)
    // The client's plugins are looked for in its folder of settings: there, compose is the one that is installed.
    let plugin = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Examples/lib/docker-compose-plugin").standardizedFileURL
    try manager.copyItem(atPath: plugin.path, toPath: folder + "/config/cli-plugins/docker-compose")
    try manager.createDirectory(atPath: folder + "/image/bin", withIntermediateDirectories: true)
    try manager.copyItem(atPath: Self.busybox ?? "", toPath: folder + "/image/bin/busybox")
    try write(
      "image/Dockerfile",
      """
      FROM scratch
      LABEL test=\(name)
      COPY bin/busybox /bin/busybox
      ARG RELEASE=1
      ENV RELEASE=$RELEASE
      ENTRYPOINT ["/bin/busybox"]
      CMD ["sleep", "1000"]
      """)
    try write("docker-compose.yml", compose(name))
    // As the Dockerfile would, in one step instead of seven.
    try await run(
      """
      for release in 1 2; do
        tar -C image -c bin | docker import -c 'LABEL test=\(name)' -c "ENV RELEASE=$release" \\
          -c 'ENTRYPOINT ["/bin/busybox"]' -c 'CMD ["sleep", "1000"]' - \(name):$release || exit 1
      done
      """)
  }

  public func write(_ file: String, _ text: String) throws {
    try text.write(toFile: folder + "/" + file, atomically: true, encoding: .utf8)
  }

  /// Runs `statement` in the folder; what it prints. Throws `Failure` where it fails.
  @discardableResult
  public func run(_ statement: String, variables more: [String: String] = [:]) async throws -> String {
    let result = try await ProcessRunner().run(
      CommandRequest(
        words: ["bash", "-c", statement], directory: folder, variables: variables.merging(more) { $1 }, timeout: 120))
    guard result.status == 0 else { throw Failure(description: "\(statement): \(result.errorText)") }
    return result.trimmed
  }
}

/// What a test leaves on the engine, taken away when nobody needs it any more, whether the test passed or threw.
private final class Remains: Sendable {
  private let name: String
  private let folder: String
  private let variables: [String: String]

  init(name: String, folder: String, variables: [String: String]) {
    self.name = name
    self.folder = folder
    self.variables = variables
  }

  deinit {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", Self.script, "bash", name]
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    if (try? process.run()) != nil { process.waitUntilExit() }
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Everything that bears the name, and the tags that were kept of it.
  private static let script = #"""
    docker ps -aq --filter "name=$1" | xargs -r docker rm -fv
    docker network ls -q --filter "name=$1" | xargs -r docker network rm
    docker volume ls -q --filter "name=$1" | xargs -r docker volume rm
    docker images --format '{{.Repository}}:{{.Tag}}' backout/keep | grep -F "$1" | xargs -r docker rmi
    docker images -aq --no-trunc --filter "label=test=$1" | sort -u | xargs -r docker rmi -f
    """#
}
