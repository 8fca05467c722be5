import BackoutTestKit
import Foundation
import ImageLayer
import Layer
import Runbook
import Testing

@Suite(.enabled(if: TestDocker.isAvailable, Comment(rawValue: TestDocker.whyNot ?? "")))
struct ComposeDriverTests {
  @Test func anotherVersionComesUpAndGoesBack() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    let up = "VERSION=1 docker-compose up -d"
    try await world.docker.run(up)
    let first = try await world.running()
    #expect(first.count == 2)
    try await world.exercise(
      "docker compose up -d", variables: ["VERSION": "2"], prepare: up,
      // Somebody deploys by hand, with another setting.
      disturb: "VERSION=2 FLAG=off docker-compose up -d",
      survives: "docker inspect -f '{{.Config.Env}}' \(name)_web_1 | grep -q FLAG=off")
    // Once more alone, to look at what is there afterwards.
    try await world.docker.run(up)
    let environment = world.environment(["VERSION": "2"])
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker-compose up -d"), in: environment.context))
    let before = try await world.driver.observe(effect, in: environment)
    let image = try await world.driver.keep(effect, before: before, in: environment)
    try await world.docker.run("VERSION=2 docker-compose up -d")
    let after = try await world.driver.observe(effect, in: environment)
    #expect(world.driver.verify(effect, before: before, after: after, outcome: nil).text.contains("web 2 ("))
    // Even where its name is gone: the kept tag holds the image.
    let one = try await world.identifier("\(name):1")
    try await world.docker.run("docker rmi \(name):1")
    let undone = try await world.driver.undo(
      image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.notRestored == [] && undone.conflicts == [])
    #expect(try await world.running() == first)
    let now = try await world.driver.observe(effect, in: environment)
    #expect(now.states["container:\(name)_web_1"] == before.states["container:\(name)_web_1"])
    let seen = try CanonicalJSON.text(of: [before, after]) + CanonicalJSON.text(of: effect)
    let facts = try CanonicalJSON.text(of: image)
    #expect(!seen.contains("hidden-in-web") && !facts.contains("hidden-in-web"))
    // Compose itself takes it for its own.
    try await world.docker.run("docker tag \(one) \(name):1 && VERSION=1 docker-compose up -d")
    #expect(try await world.running() == first)
  }

  @Test func downGoesBackWithItsNetworkAndVolume() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    // The container holds its volume: what is in it is there again.
    let up = "VERSION=1 docker-compose up -d && docker exec \(name)_web_1 /bin/busybox touch /data/mark"
    try await world.exercise(
      "docker-compose down", variables: ["VERSION": "2"], prepare: up,
      disturb: "VERSION=2 docker-compose up -d",
      survives: "test \"$(docker inspect -f '{{.Config.Image}}' \(name)_web_1)\" = \(name):2")
    try await world.docker.run("VERSION=1 docker-compose down")
    try await world.docker.run(up)
    let first = try await world.running()
    let environment = world.environment(["VERSION": "2"])
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker compose down"), in: environment.context))
    let before = try await world.driver.observe(effect, in: environment)
    let image = try await world.driver.keep(effect, before: before, in: environment)
    try await world.docker.run("docker compose down", variables: ["VERSION": "2"])
    let after = try await world.driver.observe(effect, in: environment)
    let undone = try await world.driver.undo(
      image, of: effect, before: before, after: after, answer: nil, in: environment)
    #expect(undone.notRestored == [] && undone.summary.hasPrefix("as before: "))
    #expect(try await world.running() == first)
    try await world.docker.run("docker exec \(name)_web_1 /bin/busybox test -e /data/mark")
    // Found by its service's name, as compose set it up.
    try await world.docker.run(
      "docker inspect -f '{{range .NetworkSettings.Networks}}{{.Aliases}}{{end}}' \(name)_db_1 | grep -qw db")
  }

  @Test(arguments: ["stop", "restart web", "rm -sf web"])
  func containersGoBack(_ verb: String) async throws {
    let world = try await ImageWorld()
    try await world.exercise(
      "docker-compose \(verb)", variables: ["VERSION": "1"], prepare: "VERSION=1 docker-compose up -d",
      disturb: verb == "stop" ? "VERSION=2 docker-compose up -d" : nil)
  }

  @Test func startGoesBack() async throws {
    let world = try await ImageWorld()
    try await world.exercise(
      "docker-compose start db", variables: ["VERSION": "1"],
      prepare: "VERSION=1 docker-compose up -d; docker-compose stop", disturb: "docker rm -f \(world.docker.name)_db_1",
      survives: "! docker inspect \(world.docker.name)_db_1")
  }

  @Test func buildGivesTheNameBack() async throws {
    let world = try await ImageWorld { image in
      "services: {web: {image: \"\(image):built\", build: {context: image, args: [\"RELEASE=${RELEASE:-3}\"]}}}\n"
    }
    let name = world.docker.name
    try await world.exercise(
      "docker-compose build", prepare: "docker tag \(name):1 \(name):built",
      disturb: "docker tag \(name):2 \(name):built",
      survives: "test \"$(docker image inspect -f '{{.Id}}' \(name):built)\" = "
        + "\"$(docker image inspect -f '{{.Id}}' \(name):2)\"")
  }

  @Test func onlyLooking() async throws {
    let world = try await ImageWorld()
    try await world.docker.run("VERSION=1 docker-compose up -d")
    try await world.exercise("docker-compose ps", variables: ["VERSION": "1"], prepare: "true")
    try await world.exercise("docker images", prepare: "true")
  }

  @Test func startedIsNotHealthy() async throws {
    let world = try await ImageWorld { image in
      """
      services:
        ill: {image: "\(image):1", init: true, healthcheck: {test: [CMD, /bin/busybox, "false"], interval: 1s, retries: 1}}
        loop: {image: "\(image):1", command: ["false"], restart: always}
        job: {image: "\(image):1", command: ["true"]}
        fails: {image: "\(image):1", command: ["false"]}
      """
    }
    func verdict(_ service: String) async throws -> Verdict {
      let environment = world.environment()
      let text = "docker-compose up -d \(service)"
      let effect = try #require(world.driver.recognise(try ImageWorld.action(text), in: environment.context))
      let before = try await world.driver.observe(effect, in: environment)
      let outcome = try await environment.session?.run(text, timeout: 60)
      let after = try await world.driver.observe(effect, in: environment)
      #expect(outcome?.succeeded == true)
      return world.driver.verify(effect, before: before, after: after, outcome: outcome)
    }
    #expect(try await verdict("ill") == .refuted("ill runs and is unhealthy"))
    #expect(try await verdict("loop") == .refuted("loop is restarting in a loop"))
    #expect(try await verdict("job") == .unproven("job ended with 0 and does not run"))
    #expect(try await verdict("fails") == .refuted("fails does not run: it ended with 1"))
  }

  @Test func anUndoThatWasKilledGoesOn() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    try await world.docker.run("VERSION=1 docker-compose up -d")
    let first = try await world.running()
    let environment = world.environment(["VERSION": "2"])
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker-compose up -d"), in: environment.context))
    let before = try await world.driver.observe(effect, in: environment)
    let image = try await world.driver.keep(effect, before: before, in: environment)
    try await world.docker.run("VERSION=2 docker-compose up -d")
    let after = try await world.driver.observe(effect, in: environment)
    func undo() async throws {
      let undone = try await world.driver.undo(
        image, of: effect, before: before, after: after, answer: nil, in: environment)
      #expect(undone.conflicts == [] && undone.notRestored == [])
      #expect(try await world.running() == first)
    }
    // Killed when the old one was made and the new one gone.
    try await undo()
    try await world.docker.run("docker stop \(name)_web_1 && docker rename \(name)_web_1 backout-undo-\(name)_web_1")
    try await undo()
    // Killed before it was started.
    try await world.docker.run("docker stop \(name)_web_1")
    try await undo()
  }
}
