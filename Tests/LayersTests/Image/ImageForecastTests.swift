import BackoutTestKit
import Foundation
import ImageLayer
import Layer
import Runbook
import Testing

@Suite(.enabled(if: TestDocker.isAvailable, Comment(rawValue: TestDocker.whyNot ?? "")))
struct ImageForecastTests {
  private func codes(_ forecast: Forecast) -> [String] { forecast.problems.map { "\($0.code) \($0.severity)" } }

  @Test func whatComposeWouldRun() async throws {
    let world = try await ImageWorld()
    let name = world.docker.name
    try await world.docker.run("VERSION=1 docker-compose up -d")
    let one = try await world.identifier("\(name):1").dropping(prefix: "sha256:")?.prefix(8) ?? ""
    let two = try await world.identifier("\(name):2").dropping(prefix: "sha256:")?.prefix(8) ?? ""

    let up = try await world.forecast("docker-compose up -d", ["VERSION": "2"])
    #expect(up.from == "db 1 (sha256:\(one)); web 1 (sha256:\(one))")
    #expect(up.to == "db 1 (sha256:\(one)); web 2 (sha256:\(two))")
    #expect(up.problems == [] && up.keeps == "the settings of 2 containers, a tag on 1 image")
    // The command's own variable is meant, too.
    #expect(try await world.forecast("VERSION=2 docker-compose up -d web").to == "web 2 (sha256:\(two))")

    let same = try await world.forecast("docker-compose up -d", ["VERSION": "1"])
    #expect(codes(same) == ["already-there warning"])
    // Nothing is built here: `--build` brings nothing else.
    #expect(codes(try await world.forecast("docker-compose up -d --build", ["VERSION": "1"])) == codes(same))
    let version = try await world.docker.run("docker-compose version --short")
    #expect(
      codes(try await world.forecast("docker-compose up -d --wait", ["VERSION": "1"])).contains("option-unknown error")
        == version.hasPrefix("1."))
    let gone = try await world.forecast("docker-compose up -d", ["VERSION": "9"])
    #expect(codes(gone) == ["image-missing question"] && gone.problems[0].message.contains("\(name):9 for web"))

    let unset = try await world.forecast("docker-compose up -d")
    #expect(codes(unset).contains("variable-missing error"))
    #expect(unset.problems.contains { $0.message.hasPrefix("$VERSION is not set, and image of web") })
    try world.docker.write(".env", "export VERSION=2\n")
    #expect(codes(try await world.forecast("docker-compose up -d")) == [])

    #expect(codes(try await world.forecast("docker-compose up -d api")) == ["service-unknown error"])
    #expect(codes(try await world.forecast("docker-compose restart api")).contains("service-unknown error"))
    #expect(codes(try await world.forecast("docker-compose restart web")) == [])
    let volumes = try await world.forecast("docker-compose down -v")
    #expect(codes(volumes) == ["volumes-destroyed warning"] && volumes.problems[0].message.contains("\(name)_data"))
    try await world.docker.run("docker-compose stop")
    #expect(codes(try await world.forecast("docker-compose stop")) == ["no-op warning"])
    try await world.docker.run("docker-compose down")
    #expect(codes(try await world.forecast("docker-compose restart web")) == ["no-op error"])
    #expect(codes(try await world.forecast("docker-compose down")) == ["no-op warning"])
  }

  /// What `.env` or the command says of the profiles is what compose goes by.
  @Test func servicesOfAProfile() async throws {
    let world = try await ImageWorld {
      "services: {web: {image: \"\($0):1\", init: true}, job: {image: \"\($0):2\", init: true, profiles: [jobs]}}\n"
    }
    func services(_ text: String) async throws -> [String] {
      try await world.forecast(text).to.components(separatedBy: "; ").map { String($0.prefix { $0 != " " }) }
    }
    #expect(try await services("docker-compose up -d") == ["web"])
    #expect(try await services("COMPOSE_PROFILES=jobs docker-compose up -d") == ["job", "web"])
    try world.docker.write(".env", "COMPOSE_PROFILES=jobs # for the night\n")
    #expect(try await services("docker-compose up -d") == ["job", "web"])
  }

  @Test func whereNothingIsWantedNothingIsProven() async throws {
    let world = try await ImageWorld { "services: {job: {image: \"\($0):1\", init: true, profiles: [jobs]}}\n" }
    let environment = world.environment()
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker-compose up -d"), in: environment.context))
    let seen = try await world.driver.observe(effect, in: environment)
    guard case .unproven(let why) = world.driver.verify(effect, before: seen, after: seen, outcome: nil) else {
      Issue.record("nothing was brought up")
      return
    }
    #expect(why.contains("no service"))
  }

  /// The files go back, and the tag of the image is said where git does not change it.
  @Test func anImageWhoseTagStays() async throws {
    var world = try await ImageWorld { "services: {web: {image: \"\($0):${VERSION:-2}\", init: true}}\n" }
    try await world.addSudo()
    try world.docker.write(".env", "VERSION=2\n")
    try world.docker.write(".gitignore", ".env\n")
    try await world.docker.run("docker-compose up -d && git init -q && git add docker-compose.yml && echo x > app.py")
    let root = try await world.docker.run("git rev-parse --show-toplevel")
    func stays(_ text: String = "docker-compose up -d", _ variables: [String: String] = [:]) async throws -> String? {
      let forecast = try await world.forecast(text, variables, changing: [root])
      return forecast.problems.first { $0.code == "image-stays" }.map { "\($0.severity): \($0.message)" }
    }
    let name = world.docker.name
    #expect(
      try await stays()
        == "question: the image stays \(name):2: VERSION comes from .env, which git does not change; set VERSION in .env "
        + "before this step. Go on with this image?")
    #expect(try await stays("docker-compose up -d", ["VERSION": "2"])?.contains("export VERSION before") == true)
    // sudo hands on no VERSION of the session.
    #expect(try await stays("sudo docker-compose up -d", ["VERSION": "1"])?.contains("set VERSION in .env") == true)
    #expect(try await stays("sudo VERSION=1 docker-compose up -d") == nil)
    // It changes, the command sets it, or no file goes back.
    #expect(try await stays("docker-compose up -d", ["VERSION": "1"]) == nil)
    #expect(try await stays("VERSION=2 docker-compose up -d") == nil)
    #expect(codes(try await world.forecast("docker-compose up -d")) == ["already-there warning"])
    // A file or a folder beside the project is no release.
    let beside = try await world.forecast("docker-compose up -d", changing: [root + "/docs/x", root + "/lib"])
    #expect(!codes(beside).contains("image-stays question"))
    // What runs is what is checked out; its settings are no release.
    func mounting(_ volume: String) async throws -> String? {
      try world.docker.write(
        "docker-compose.yml",
        "services: {web: {image: \"\(name):${VERSION}\", init: true, volumes: [\"\(volume)\"]}}\n")
      return try await stays()
    }
    #expect(try await mounting("./:/app") == nil)
    #expect(try await mounting("./docker-compose.yml:/etc/x.yml") != nil)
    #expect(try await mounting("./data:/data") != nil)
    // What the file itself says, and an `.env` that git keeps, go back with the files.
    try world.docker.write("docker-compose.yml", "services: {web: {image: \"${X}\(name):2\", init: true}}\n")
    try world.docker.write(".env", "X=\n")
    #expect(try await stays() == nil)
    try world.docker.write("docker-compose.yml", "services: {web: {image: \"\(name):${VERSION:-2}\", init: true}}\n")
    #expect(try await stays() == nil)
    try world.docker.write(".env", "VERSION=2\n")
    #expect(try await stays() != nil)
    try await world.docker.run("git add -f .env")
    #expect(try await stays() == nil)
  }

  @Test func theVersionOfTheCommitThatIsCheckedOutBefore() async throws {
    var world = try await ImageWorld()
    try await world.addSudo()
    try await world.docker.run(
      "git init -q && echo 'VERSION=1 # good' > .env && git add -A && git -c user.name=t -c user.email=t@e commit -qm 1"
    )
    let commit = try await world.docker.run("git rev-parse HEAD")
    try world.docker.write(".env", "VERSION=2\n")
    #expect(try await world.forecast("docker-compose up -d web").to.hasPrefix("web 2 "))
    let root = try await world.docker.run("git rev-parse --show-toplevel")
    #expect(try await world.forecast("docker-compose up -d web", arriving: [root: commit]).to.hasPrefix("web 1 "))
    let bySudo = try await world.forecast("sudo docker-compose up -d web", arriving: [root: commit])
    #expect(bySudo.to.hasPrefix("web 1 "), "\(bySudo)")
    #expect(
      try await world.forecast("docker-compose up -d web", ["VERSION": "2"], arriving: [root: commit]).to
        .hasPrefix("web 2 "))
  }

  /// What `.env` holds besides the version is nobody's who reads the list of processes or sudo's log.
  @Test(arguments: ["sudo docker-compose", "sudo -u deploy docker-compose", "sudo docker-compose --env-file .env"])
  func whatArrivesStandsOnNoCommandLine(_ compose: String) async throws {
    var world = try await ImageWorld()
    try await world.addSudo()
    try world.docker.write(".env", "VERSION=1\nPOSTGRES_PASSWORD=sesame\n")
    try await world.docker.run(
      "git init -q && git add -A && git -c user.name=t -c user.email=t@e commit -qm 1 && echo VERSION=2 > .env")
    let commit = try await world.docker.run("git rev-parse HEAD")
    let root = try await world.docker.run("git rev-parse --show-toplevel")
    let up = try await world.forecast("\(compose) up -d web", arriving: [root: commit])
    #expect(up.to.hasPrefix("web 1 "), "\(up)")
    let log = try await world.docker.run("cat image/sudo.log").split(separator: "\n").map(String.init)
    #expect(!log.contains { $0.contains("sesame") || $0.contains("POSTGRES_PASSWORD") || $0.hasPrefix("env ") })
    let words = try #require(log.first { $0.hasSuffix(" config") }).split(separator: " ").map(String.init)
    #expect(words.count { $0.hasPrefix("--env-file") } == 1)
    let option = try #require(words.firstIndex(of: "--env-file"))
    #expect(words[option + 1].hasPrefix("/") && !FileManager.default.fileExists(atPath: words[option + 1]))
  }

  @Test func aVersionThatNobodyReads() async throws {
    let world = try await ImageWorld { "services: {web: {image: \"\($0):1\", init: true, pull_policy: never}}\n" }
    try await world.docker.run("docker-compose up -d")
    let up = try await world.forecast("docker-compose up -d", ["VERSION": "2"])
    #expect(codes(up) == ["no-op warning"])
    #expect(up.problems[0].message == "VERSION is set, and the compose file does not read it: nothing would change")
    try world.docker.write(
      "docker-compose.yml", "services: {web: {image: \"\(world.docker.name):9\", pull_policy: never}}\n")
    let gone = try await world.forecast("docker-compose up -d")
    #expect(codes(gone) == ["image-missing error"])
  }

  @Test func whatDoesNotAnswer() async throws {
    let world = try await ImageWorld()
    func only(_ text: String, _ variables: [String: String] = [:]) async throws -> Problem {
      let forecast = try await world.forecast(text, variables)
      #expect(forecast.problems.count == 1)
      return try #require(forecast.problems.first)
    }
    let file = try await only("docker-compose -f prod.yml down")
    #expect(file.code == "compose-file-missing")
    #expect(file.message.contains("\(world.docker.folder)/prod.yml is not there"))
    try world.docker.write("bad.yml", "services: [1]\n")
    #expect(try await only("docker-compose -f bad.yml up -d").code == "compose-file-invalid")
    #expect(try await only("docker ps", ["DOCKER_HOST": "unix:///nowhere.sock"]).severity == .warning)
    #expect(try await only("docker stop x", ["DOCKER_HOST": "unix:///nowhere.sock"]).code == "engine-unreachable")
    #expect(try await only("docker stop x", ["PATH": "/nowhere"]).code == "tool-missing")
    #expect(try await only("docker compose up -d", ["DOCKER_CONFIG": "/nowhere"]).code == "tool-missing")
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker stop x"), in: world.environment().context))
    let silent = try await world.driver.observe(
      effect, in: world.environment(["DOCKER_HOST": "unix:///nowhere.sock"]))
    #expect(!silent.isObserved)
  }

  /// A file above, and a name given.
  @Test func whereTheProjectIs() async throws {
    let world = try await ImageWorld()
    let other = world.docker.name + "-other"
    try await world.docker.run("VERSION=1 docker-compose -p \(other) up -d db; mkdir below")
    var environment = world.environment(["VERSION": "1"])
    environment.context.directory += "/below"
    let effect = try #require(
      world.driver.recognise(try ImageWorld.action("docker-compose -p \(other) ps"), in: environment.context))
    #expect(try await world.driver.observe(effect, in: environment).states.keys.sorted() == ["container:\(other)_db_1"])
    let plain = try #require(
      world.driver.recognise(try ImageWorld.action("docker-compose ps"), in: environment.context))
    #expect(try await world.driver.observe(plain, in: environment).states.isEmpty)
  }
}
