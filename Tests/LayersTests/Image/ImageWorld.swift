import BackoutTestKit
import Foundation
import ImageLayer
import Layer
import Runbook
import RunbookReading
import Testing

/// Two services: `web`, whose version a variable names, and `db`, which stays.
struct ImageWorld: Sendable {
  var docker: TestDocker
  let driver = ImageDriver()

  static func compose(_ image: String) -> String {
    """
    services:
      web:
        image: \(image):${VERSION}
        init: true
        stop_grace_period: 1s
        environment: {FLAG: "${FLAG:-on}", TOKEN: hidden-in-web}
        volumes: ["data:/data"]
        healthcheck: {test: [CMD, /bin/busybox, test, "!", -e, /data/sick], interval: 1s, retries: 1}
      db:
        image: \(image):1
        init: true
        stop_grace_period: 1s
    volumes: {data: {}}
    """
  }

  init(compose: (String) -> String = ImageWorld.compose) async throws {
    docker = try await TestDocker(compose: compose)
  }

  /// - Parameter variables: of the session.
  func environment(_ variables: [String: String] = [:]) -> StepEnvironment {
    let all = docker.variables.merging(variables) { $1 }
    return StepEnvironment(
      label: "\(docker.name)/step", context: ReadingContext(directory: docker.folder, variables: all),
      images: MemoryImageStore(), runner: ProcessRunner(),
      session: PlainShell(directory: docker.folder, variables: all), secrets: FixedSecrets())
  }

  static func action(_ text: String) throws -> ParsedAction {
    let command = try #require(ShellReader().statements(of: text, line: 1).first?.commands.first)
    return .command(command)
  }

  /// The conformance suite for one command, from where `prepare` brings the world.
  func exercise(
    _ text: String, variables: [String: String] = [:], prepare: String, disturb: String? = nil,
    survives: String = "true"
  ) async throws {
    try await docker.run(prepare)
    let docker = docker
    let change: @Sendable () async throws -> Void = { _ = try await docker.run(disturb ?? "true") }
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: text, action: try Self.action(text), statement: text, environment: environment(variables),
        disturb: disturb == nil ? nil : change, disturbanceSurvives: { (try? await docker.run(survives)) != nil },
        reset: { _ = try await docker.run(prepare) }))
    #expect(report.violations == [])
  }

  /// A `sudo` that hands on nothing of the session but where the engine listens, as `env_keep` would. As the real one
  /// it logs what it is to run: in image/sudo.log.
  mutating func addSudo() async throws {
    try docker.write(
      "image/sudo",
      """
      #!/bin/sh
      [ "$1" = -n ] && shift
      [ "$1" = -u ] && shift 2
      echo "$*" >>"${0%/*}/sudo.log"
      exec env -i PATH="$PATH" ${DOCKER_HOST:+DOCKER_HOST="$DOCKER_HOST"} "$@"
      """)
    try await docker.run("chmod +x image/sudo")
    docker.variables["PATH"] = "\(docker.folder)/image:\(docker.variables["PATH"] ?? "")"
  }

  /// What runs, by other means than the driver's: `NAME IMAGE STATE`, sorted.
  func running() async throws -> [String] {
    try await docker.run(
      "docker ps -a --filter name=\(docker.name) --format '{{.Names}} {{.State}}' | while read -r n s; do "
        + "echo \"$n $(docker inspect -f '{{.Image}}' $n) $s\"; done | sort"
    ).split(separator: "\n").map(String.init)
  }

  func identifier(_ image: String) async throws -> String {
    try await docker.run("docker image inspect -f '{{.Id}}' \(image)")
  }

  /// Looks, and says what a plan would.
  ///
  /// - Parameters:
  ///   - arriving: what an earlier step of the plan checks out.
  ///   - changing: where an earlier step brings other files.
  func forecast(
    _ text: String, _ variables: [String: String] = [:], arriving: [String: String] = [:], changing: Set<String> = []
  ) async throws -> Forecast {
    var environment = environment(variables)
    environment.isPlanning = true
    environment.arriving = arriving
    environment.changing = { changing }
    let effect = try #require(driver.recognise(try Self.action(text), in: environment.context))
    let before = try await driver.observe(effect, in: environment)
    return try await driver.forecast(effect, before: before, in: environment)
  }
}
