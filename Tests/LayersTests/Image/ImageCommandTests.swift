import BackoutTestKit
import ImageLayer
import Layer
import Runbook
import RunbookReading
import Testing

/// What is recognised, without any engine.
@Suite struct ImageCommandTests {
  private let driver = ImageDriver()

  private func effect(_ text: String, _ variables: [String: String] = [:]) throws -> Effect? {
    let command = try #require(ShellReader().statements(of: text, line: 1).first?.commands.first)
    return driver.recognise(.command(command), in: ReadingContext(directory: "/srv/app", variables: variables))
  }

  @Test(arguments: [
    ("docker compose up -d", ["compose:/srv/app"]),
    ("docker-compose down", ["compose:/srv/app"]),
    ("docker-compose -f docker-compose.prod.yml down --remove-orphans", ["compose:/srv/app"]),
    (
      "docker-compose -f deploy/prod.yml up -d --build web db",
      ["compose:/srv/app/deploy/web", "compose:/srv/app/deploy/db"]
    ),
    ("docker compose -f /etc/shop/compose.yml -p shop restart web", ["compose:/etc/shop shop/web"]),
    ("docker compose --project-directory ../other --env-file=x --profile p up -d -t 5", ["compose:/srv/other"]),
    ("docker compose build --no-cache --build-arg A=b web", ["images:/srv/app"]),
    ("docker compose pull", ["images:/srv/app"]),
    ("docker-compose rm -fsv web", ["compose:/srv/app/web"]),
    ("docker stop -t 3 web db", ["container:web", "container:db"]),
    ("docker -H tcp://h:1 container restart web", ["container:web"]),
    ("docker rm -fv web", ["container:web"]),
    ("docker kill --signal=SIGTERM web", ["container:web"]),
    ("docker run -dit -p 80:80 --name web -e A=b --restart always shop/web:1 serve --name x", ["container:web"]),
    ("docker tag web shop/web:1.4", ["image:shop/web:1.4"]),
    ("docker image rm web host:5000/web", ["image:web:latest", "image:host:5000/web:latest"]),
    ("docker pull shop/web@sha256:abc", ["image:shop/web@sha256:abc"]),
    ("docker build --build-arg A=b --no-cache -f D -t web -t web:2 .", ["image:web:latest", "image:web:2"]),
    ("sudo VERSION=1 docker compose up -d", ["compose:/srv/app"]),
  ])
  func touches(_ text: String, _ targets: [String]) throws {
    let effect = try #require(try effect(text))
    #expect(effect.targets == targets && effect.role == .change && effect.layer == .image && !effect.isNative)
  }

  @Test(arguments: [
    "docker compose ps", "docker-compose logs --tail 5 web", "docker compose config", "docker compose images",
    "docker ps -a", "docker inspect web", "docker logs web", "docker image ls", "docker images",
  ])
  func looksOnly(_ text: String) throws {
    let effect = try #require(try effect(text))
    #expect(effect.role == .observe)
  }

  @Test(arguments: [
    "docker compose exec web", "docker compose run web sh", "docker compose -f - up -d", "docker compose up --no-start",
    "docker compose --unknown up", "docker stop $(docker ps -q)", "docker run --rm web true", "docker run -d web",
    "docker kill -s HUP web", "docker compose kill -s SIGHUP", "docker system prune -f", "docker start -a web",
    "docker build .", "podman ps", "docker network rm x", "docker",
  ])
  func isNotItsOwn(_ text: String) throws {
    #expect(try effect(text) == nil)
  }

  @Test func whatIsLostIsSaid() throws {
    let texts = [
      "docker compose down -v", "docker rm -v web", "docker rmi sha256:0123456789ab", "docker rmi 0123456789ab",
    ]
    for text in texts {
      let effect = try #require(try effect(text))
      #expect(effect.reversibility.isPointOfNoReturn && effect.isDestructive)
    }
    #expect(try effect("docker compose stop")?.reversibility == .exact)
    guard case .partial = try effect("docker compose up -d")?.reversibility else {
      Issue.record("a container that is made again has lost what it wrote")
      return
    }
  }

  @Test func whatTheSessionHoldsStaysThere() throws {
    let effect = try #require(try effect("TOKEN=$SECRET docker compose up -d", ["SECRET": "s3cr3t"]))
    #expect(!(try CanonicalJSON.text(of: effect)).contains("s3cr3t"))
  }

  @Test func wordsThatAreNotKnownYet() async throws {
    let known = try #require(try effect("docker stop $NAME", ["NAME": "web"]))
    #expect(known.targets == ["container:web"])
    let unknown = try #require(try effect("docker stop $NAME"))
    let forecast = try await driver.forecast(
      unknown, before: .notObserved(""),
      in: StepEnvironment(
        label: "x", context: ReadingContext(directory: "/"), images: MemoryImageStore(), runner: ProcessRunner(),
        secrets: FixedSecrets()))
    #expect(forecast.problems.map(\.code) == ["variable-missing"])
  }
}
