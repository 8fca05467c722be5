import BackoutTestKit
import Foundation
import ImageLayer
import Layer
import Runbook
import Testing

@Suite(.enabled(if: TestDocker.isAvailable, Comment(rawValue: TestDocker.whyNot ?? "")))
struct ImageQuarantineTests {
  private func change(
    _ text: String, in world: ImageWorld, _ variables: [String: String] = [:], targets: [String]? = nil
  ) throws -> QuarantineChange {
    let context = world.environment(variables).context
    var effect = try #require(world.driver.recognise(try ImageWorld.action(text), in: context))
    if let targets {
      effect.driver = "other"
      effect.targets = targets
    }
    return QuarantineChange(step: "s/1", effect: effect, context: context)
  }

  @Test func aVersionThatOnlyTheSessionHasIsOfferedForTheFile() async throws {
    let world = try await ImageWorld()
    let path = world.docker.folder + "/.env"
    func offers(_ changes: QuarantineChange...) async throws -> [QuarantineOffer] {
      try await world.driver.quarantines(after: changes, in: world.environment())
    }
    func file() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    let missing = try await offers(try change("VERSION=1.0 docker-compose up -d", in: world))
    #expect(missing.map(\.name) == ["env-version"])
    #expect(
      missing.first?.danger
        == "\(path) does not set VERSION, and the next plain `docker-compose up` runs without it")
    try await world.docker.run(try #require(missing.first).statement)
    #expect(try file() == "VERSION=1.0\n")
    try await world.docker.run(try #require(missing.first).release)
    #expect(try file().isEmpty)

    // The file says otherwise; the session has it from an export.
    try world.docker.write(".env", "FLAG=off\nVERSION=2.0\n# VERSION=3\n")
    let exported = try change("docker-compose up -d web", in: world, ["VERSION": "1.0"])
    let other = try #require(try await offers(exported).first)
    #expect(other.danger.hasPrefix("\(path) has VERSION=2.0, and the next plain"))
    try await world.docker.run(other.statement)
    #expect(try file() == "FLAG=off\nVERSION=1.0\n# VERSION=3\n")
    #expect(try await offers(exported) == [])
    try await world.docker.run(other.release)
    #expect(try file() == "FLAG=off\nVERSION=2.0\n# VERSION=3\n")

    // What a later step brings up again, what the plan writes or checks out itself, what is no plain value.
    #expect(try await offers(exported, try change("docker-compose up -d web", in: world)) == [])
    let folder = world.docker.folder
    for target in ["file:\(path)", "git:\(folder) worktree"] {
      #expect(try await offers(try change("docker ps", in: world, targets: [target]), exported) == [])
    }
    #expect(try await offers(try change("docker-compose up -d", in: world, ["VERSION": "1 0"])) == [])
    #expect(try await offers(try change("docker-compose up -d", in: world)) == [])
    #expect(try await offers(try change("docker-compose --env-file .env up -d", in: world, ["VERSION": "1"])) == [])
    for odd in ["VERSION=2\nVERSION=3\n", "VERSION='2'\n", "VERSION=2"] {
      try world.docker.write(".env", odd)
      #expect(try await offers(exported) == [], "\(odd)")
    }
  }
}
