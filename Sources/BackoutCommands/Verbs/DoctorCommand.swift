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

    /// A run needs no more than these, whatever its runbook uses.
    var canWork: Bool { journal == "ok" && key == "ok" && !tools.contains { $0.neededBy == "session" && !$0.found } }
  }

  /// A program, with the arguments that print its version.
  struct Tool: Sendable {
    var name: String
    var arguments: [String]
    var neededBy: String
  }

  /// What Backout itself runs, then what the commands of each layer are.
  static var wanted: [Tool] {
    let own = [
      Tool(name: "bash", arguments: ["--version"], neededBy: "session"),
      Tool(name: "shfmt", arguments: ["--version"], neededBy: "reading"),
      Tool(name: "ssh", arguments: ["-V"], neededBy: "places"),
      Tool(name: "sudo", arguments: ["--version"], neededBy: "places"),
    ]
    return own
      + drivers.drivers.flatMap { driver in
        driver.tools.sorted { $0.key < $1.key }.map { Tool(name: $0.key, arguments: $0.value, neededBy: driver.id) }
      }
  }

  mutating func run() async throws {
    let variables = ProcessInfo.processInfo.environment
    let home = try HomeFolder(environment: variables)
    let tools = await Self.look(for: Self.wanted, variables: variables)
    let result = Result(
      version: BackoutCommand.version, home: home.path, freeBytes: try? home.freeBytes(),
      journal: state { _ = try Station.open() },
      key: state { _ = try SealingKey.load(environment: variables, home: home) }, tools: tools)
    if output.json { try Console.json(result) } else { Console.print(DoctorScreen(result: result).text) }
    if !result.canWork { throw Ending(code: .badInput) }
  }

  private func state(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "ok"
    } catch { return "\(Failure.of(error).message)" }
  }

  /// Looks for all of them at once: some take a second to say their version.
  static func look(for tools: [Tool], variables: [String: String]) async -> [Finding] {
    await withTaskGroup(of: (Int, Finding).self) { group in
      for (index, tool) in tools.enumerated() {
        group.addTask { (index, await Self.look(for: tool, variables: variables)) }
      }
      var found: [Int: Finding] = [:]
      for await (index, finding) in group { found[index] = finding }
      return tools.indices.compactMap { found[$0] }
    }
  }

  private static func look(for tool: Tool, variables: [String: String]) async -> Finding {
    let program = tool.name.split(separator: " ").map(String.init)
    let words =
      tool.arguments.isEmpty ? ["sh", "-c", "command -v \"$1\"", "sh", tool.name] : program + tool.arguments
    var finding = Finding(
      name: tool.name, neededBy: tool.neededBy, found: false, version: nil,
      advice: advice[tool.name] ?? "install \(tool.name)")
    do {
      let result = try await ProcessRunner().run(
        CommandRequest(words: words, directory: "/", variables: variables, timeout: 10))
      // Some programs are asked for a version in vain, and are there all the same. A command of another program, and one
      // that is only looked for, are there where it says so.
      guard result.status == 0 || program.count == 1 && !tool.arguments.isEmpty else { return finding }
      finding.found = true
      finding.advice = nil
      if result.status == 0, !tool.arguments.isEmpty { finding.version = version(in: result) }
    } catch let failure as CommandFailure where failure.reason != .notFound {
      // It is there, and does not answer.
      finding.found = true
      finding.advice = failure.description
    } catch {}
    return finding
  }

  /// Some put their name, or a thought, before the line with the version.
  private static func version(in result: CommandResult) -> String? {
    (result.text + "\n" + result.errorText).split(whereSeparator: \.isNewline)
      .first { $0.contains(where: \.isNumber) }.map { String($0).firstLine }
  }

  static let advice = [
    "alembic": "apt-get install alembic", "aws": "apt-get install awscli", "bash": "apt-get install bash",
    "crontab": "apt-get install cron", "django-admin": "apt-get install python3-django",
    "docker": "apt-get install docker.io",
    "docker compose": "Docker's docker-compose-plugin, or docker-compose of Debian 13",
    "docker-compose": "apt-get install docker-compose", "fly": "https://fly.io/docs/flyctl/install",
    "flyctl": "https://fly.io/docs/flyctl/install", "gcloud": "https://cloud.google.com/sdk/docs/install",
    "git": "apt-get install git", "helm": "https://helm.sh/docs/intro/install", "heroku": "npm install -g heroku",
    "jq": "apt-get install jq", "kamal": "gem install kamal", "killall": "apt-get install psmisc",
    "kubectl": "https://kubernetes.io/docs/tasks/tools", "mail": "apt-get install mailutils",
    "mailx": "apt-get install bsd-mailx", "msmtp": "apt-get install msmtp", "mutt": "apt-get install mutt",
    "nginx": "apt-get install nginx", "pg_dump": "apt-get install postgresql-client",
    "pg_restore": "apt-get install postgresql-client", "pkill": "apt-get install procps", "pm2": "npm install -g pm2",
    "psql": "apt-get install postgresql-client", "sed": "apt-get install sed",
    "sendmail": "apt-get install postfix, or msmtp-mta", "service": "apt-get install init-system-helpers",
    "shfmt": "apt-get install shfmt", "socat": "apt-get install socat", "sponge": "apt-get install moreutils",
    "sqitch": "apt-get install sqitch", "ssh": "apt-get install openssh-client", "sudo": "apt-get install sudo",
    "supervisorctl": "apt-get install supervisor", "swaks": "apt-get install swaks",
    "systemctl": "only where systemd runs", "tar": "apt-get install tar", "vercel": "npm install -g vercel",
    "yq": "https://github.com/mikefarah/yq",
  ]
}
