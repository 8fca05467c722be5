import BackoutTestKit
import Foundation
import ImageLayer
import Layer
import Runbook
import Testing

@Suite(.enabled(if: TestDocker.isAvailable, Comment(rawValue: TestDocker.whyNot ?? "")))
struct DockerDriverTests {
  private static func start(_ name: String) -> String {
    "docker rm -fv \(name)-a >/dev/null 2>&1; docker run -d --init --name \(name)-a -e SECRET=hidden-in-run "
      + "--label team=x \(name):1 sleep 500"
  }

  @Test(arguments: ["stop -t 1", "restart -t 1", "rm -f", "kill"])
  func containersGoBack(_ verb: String) async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    try await world.docker.run(Self.start(name))
    let first = try await world.running()
    try await world.exercise(
      "docker \(verb) \(name)-a", prepare: Self.start(name),
      disturb: verb.hasPrefix("restart")
        ? nil : "docker rm -f \(name)-a >/dev/null 2>&1; docker run -d --init --name \(name)-a \(name):2",
      survives: "test \"$(docker inspect -f '{{.Config.Image}}' \(name)-a)\" = \(name):2")
    #expect(first.count == 1)
  }

  @Test func whatIsMadeAgainIsTheSame() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    try await world.docker.run(
      """
      docker network create \(name)-one && docker network create \(name)-two
      docker run -d --init --name \(name)-a --network \(name)-one --network-alias store -e A='b c' -v \(name)-v:/data:ro \\
        -v /scratch --restart on-failure:3 --memory 64m --cap-drop ALL --user 7 --log-opt max-size=1m --add-host x:10.0.0.1 \\
        --health-cmd '/bin/busybox true' --health-interval 1s \(name):1 sleep 500
      docker network connect --alias other \(name)-two \(name)-a
      """)
    let show =
      "docker inspect \(name)-a | jq -S '.[0] | {Config, HostConfig, m: [.Mounts[] | del(.Mode)] | sort_by(.Destination), n: .NetworkSettings.Networks | map_values({IPAMConfig, Links, "
      + "Aliases: [.Aliases[] | select(test(\"^[0-9a-f]{12}$\") | not)]})} | del(.Config.Hostname, .HostConfig.Binds)'"
    let first = try await world.docker.run(show)
    let environment = world.environment()
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker rm -f \(name)-a"), in: environment.context))
    let before = try await world.driver.observe(effect, in: environment)
    let image = try await world.driver.keep(effect, before: before, in: environment)
    try await world.docker.run("docker rm -f \(name)-a")
    let after = try await world.driver.observe(effect, in: environment)
    #expect(
      world.driver.verify(effect, before: before, after: after, outcome: nil)
        == .proven("no container \(name)-a is there"))
    let undone = try await world.driver.undo(
      image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.restored == ["container:\(name)-a"])
    let second = try await world.docker.run(show)
    #expect(second == first)
  }

  @Test func namesGoBack() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    func stands(for release: String) -> String {
      "test \"$(docker image inspect -f '{{.Id}}' \(name):live)\" = \"$(docker image inspect -f '{{.Id}}' \(name):\(release))\""
    }
    try await world.docker.run("docker build -q -t \(name):3 image")
    try await world.exercise(
      "docker tag \(name):2 \(name):live", prepare: "docker tag \(name):1 \(name):live",
      disturb: "docker tag \(name):3 \(name):live", survives: stands(for: "3"))
    try await world.exercise(
      "docker rmi \(name):live", prepare: "docker tag \(name):1 \(name):live",
      disturb: "docker tag \(name):3 \(name):live", survives: stands(for: "3"))
    // A name that was not there goes again.
    try await world.exercise(
      "docker image tag \(name):1 \(name):new", prepare: "docker rmi \(name):new >/dev/null 2>&1; true")
    try await world.exercise(
      "docker build -t \(name):built image", prepare: "docker rmi \(name):built >/dev/null 2>&1; true")
  }

  @Test func aContainerThatWasStartedGoes() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    try await world.exercise(
      "docker run -d --init --name \(name)-b \(name):1 sleep 300",
      prepare: "docker rm -f \(name)-b >/dev/null 2>&1; true",
      disturb: "docker rm -f \(name)-b && docker run -d --init --name \(name)-b \(name):2",
      survives: "test \"$(docker inspect -f '{{.Config.Image}}' \(name)-b)\" = \(name):2")
  }

  @Test func throughSudo() async throws {
    var world = try await ImageWorld()
    let name = world.docker.name
    try await world.addSudo()
    try await world.exercise(
      "sudo docker stop -t 1 \(name)-a", prepare: Self.start(name), disturb: "docker rm -f \(name)-a",
      survives: "! docker inspect \(name)-a")
    let unset = try await world.forecast("sudo docker-compose up -d", ["VERSION": "2"])
    #expect(unset.problems.contains { $0.code == "variable-missing" && $0.message.hasSuffix("does not reach sudo") })
    #expect(try await world.forecast("sudo VERSION=2 docker-compose up -d web").to.hasPrefix("web 2 (sha256:"))
  }

  @Test func whatComesBackByItself() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    try await world.docker.run("docker run -d --init --restart always --name \(name)-a \(name):1")
    #expect(
      try await world.forecast("docker stop \(name)-a").note
        == "\(name)-a comes back when the container engine is started again (restart: always)")
  }

  @Test func whatIsNotThere() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    func codes(_ text: String) async throws -> [String] {
      try await world.forecast(text).problems.map { "\($0.code) \($0.severity)" }
    }
    #expect(try await codes("docker stop \(name)-none") == ["container-unknown error"])
    #expect(try await codes("docker rm -f \(name)-none") == ["container-unknown warning"])
    #expect(try await codes("docker tag \(name):9 \(name):live") == ["image-missing error"])
    #expect(try await codes("docker rmi \(name):9") == ["image-missing error"])
    #expect(try await codes("docker run -d --name \(name)-n \(name):9") == ["image-missing question"])
    #expect(try await codes("docker run -d --pull never --name \(name)-n \(name):9") == ["image-missing error"])
    try await world.docker.run(Self.start(name))
    #expect(try await codes("docker run -d --name \(name)-a \(name):1") == ["container-exists error"])
    #expect(try await codes("docker rm \(name)-a") == ["container-running error"])
    try await world.docker.run("docker tag \(name):1 \(name):live")
    #expect(try await codes("docker tag \(name):1 \(name):live") == ["no-op warning"])
    #expect(try await codes("docker stop \(name)-a") == [])
  }
}
