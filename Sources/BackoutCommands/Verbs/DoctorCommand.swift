import ArgumentParser
import Foundation
import Journal
import Layer
import Runbook

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Say which tools are here, at which versions, and whether Backout can keep what it must.")

  @OptionGroup var output: OutputOptions

  struct Finding: Encodable {
    var name: String
    var neededBy: String
    var found: Bool
    @Null var version: String?
    @Null var advice: String?
  }
  struct Result: Encodable {
    var version: String
    var home: String
    @Null var freeBytes: Int?
    var journal: String
    var key: String
    var tools: [Finding]
  }

  mutating func run() async throws {
    let variables = ProcessInfo.processInfo.environment
    let home = try HomeFolder(environment: variables)
    var tools: [Finding] = [
      await look("bash", ["--version"], for: "the session"), await look("shfmt", ["--version"], for: "reading"),
    ]
    for driver in drivers.drivers {
      for (tool, arguments) in driver.tools.sorted(by: { $0.key < $1.key }) {
        tools.append(await look(tool, arguments, for: driver.id))
      }
    }
    let result = Result(
      version: BackoutCommand.version, home: home.path, freeBytes: try? home.freeBytes(),
      journal: state { _ = try Station.open() },
      key: state { _ = try SealingKey.load(environment: variables, home: home) }, tools: tools)
    if output.json { try Console.json(result) } else { Console.print(DoctorScreen(result: result).text) }
    if result.journal != "ok" || result.key != "ok" { throw Ending(code: .badInput) }
  }

  private func state(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "ok"
    } catch { return "\(Failure.of(error).message)" }
  }

  private func look(_ tool: String, _ arguments: [String], for layer: String) async -> Finding {
    let request = CommandRequest(
      words: [tool] + arguments, directory: "/", variables: ProcessInfo.processInfo.environment, timeout: 10)
    do {
      let result = try await ProcessRunner().run(request)
      // Some programs are asked for a version in vain, and are there all the same.
      let said = result.status == 0 ? (result.text + result.errorText).firstLine : nil
      return Finding(name: tool, neededBy: layer, found: true, version: said, advice: nil)
    } catch {
      return Finding(
        name: tool, neededBy: layer, found: false, version: nil, advice: Self.advice[tool] ?? "install \(tool)")
    }
  }

  private static let advice = [
    "shfmt": "apt-get install shfmt", "git": "apt-get install git", "psql": "apt-get install postgresql-client",
    "pg_dump": "apt-get install postgresql-client", "sqlite3": "apt-get install sqlite3", "tar": "apt-get install tar",
    "pg_restore": "apt-get install postgresql-client", "alembic": "apt-get install alembic",
    "django-admin": "apt-get install python3-django", "sqitch": "apt-get install sqitch",
    "crontab": "apt-get install cron", "docker": "apt-get install docker.io",
    "docker-compose": "apt-get install docker-compose",
    "systemctl": "only where systemd runs", "bash": "apt-get install bash",
  ]
}
