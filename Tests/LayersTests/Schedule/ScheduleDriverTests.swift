import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import ScheduleLayer

@Suite struct ScheduleDriverTests {
  private let driver = ScheduleDriver()
  private static let list = #"MAILTO=ops\n# nightly\n0 2 * * * old.py\n*/5 * * * * new.py --key=1\n"#

  /// The last command of `statement`, as the reader has it.
  private func action(_ statement: String) throws -> ParsedAction {
    let commands = ShellReader().statements(of: statement, line: 1).flatMap(\.commands)
    return .command(try #require(commands.last { $0.name == "crontab" }))
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var statement: String
    var isProvable = true
    var testDescription: String { statement }
  }

  static let cases = [
    Case(statement: "crontab -u USER new.cron"), Case(statement: "crontab -u USER - < new.cron"),
    Case(statement: "crontab -u USER -r"), Case(statement: "crontab -u USER -l"),
    Case(statement: "crontab -u USER - <<'EOF'\n1 1 * * * x\nEOF"),
    Case(statement: #"crontab -u USER -l | sed 's|^\*/5 \* \* \* \* new\.py --key=1$|# &|' | crontab -u USER -"#),
    Case(statement: "crontab -u USER -l | sed 's/new/old/' | crontab -u USER -", isProvable: false),
    Case(statement: "crontab -u USER -l | grep -v new.py | crontab -u USER -", isProvable: false),
    Case(statement: "(crontab -u USER -l; echo '0 3 * * * more.py') | crontab -u USER -", isProvable: false),
  ]

  @Test(.enabled(if: CronUser.canBeMade, Comment(rawValue: CronUser.why)), arguments: cases)
  func conforms(_ scenario: Case) async throws {
    let user = try await CronUser()
    try await user.put(Self.list)
    try await user.shell(#"printf '0 4 * * * other.py\n' >new.cron"#)
    let statement = scenario.statement.replacingOccurrences(of: "USER", with: user.name)
    let report = try await exerciseDriver(
      driver,
      DriverScenario(
        name: statement, action: try action(statement), statement: statement, environment: user.environment(),
        disturb: { try await user.put(#"9 9 * * * somebody\n"#) },
        disturbanceSurvives: { try await user.list() == "9 9 * * * somebody\n" },
        reset: { try await user.put(Self.list) }, isProvable: scenario.isProvable))
    #expect(report.violations == [])
    try await user.end()
  }

  @Test(.enabled(if: CronUser.canBeMade, Comment(rawValue: CronUser.why)))
  func aListComesBackToTheByteAndNoneIsNone() async throws {
    let user = try await CronUser()
    for list in [Self.list, ""] {
      if list.isEmpty { try await user.shell("crontab -u \(user.name) -r") } else { try await user.put(list) }
      let before = try await user.list()
      let environment = user.environment()
      let effect = try #require(
        driver.recognise(try action("crontab -u \(user.name) - <<'EOF'\n1 1 * * * x\nEOF"), in: environment.context))
      let first = try await driver.observe(effect, in: environment)
      #expect(first.summary == (list.isEmpty ? "no crontab" : "2 jobs"))
      let image = try await driver.keep(effect, before: first, in: environment)
      try await user.put(#"1 1 * * * x\n"#)
      let after = try await driver.observe(effect, in: environment)
      #expect(driver.verify(effect, before: first, after: after, outcome: nil) == .proven("1 job, as wanted"))
      let undone = try await driver.undo(
        image, of: effect, before: first, after: after, answer: nil, in: environment)
      #expect(undone.restored == ["crontab:\(user.name)"])
      #expect(try await user.list() == before)
    }
    try await user.end()
  }

  @Test(.enabled(if: CronUser.canBeMade, Comment(rawValue: CronUser.why)))
  func whatWouldDoNothingOrFailIsSaidBeforehand() async throws {
    let user = try await CronUser()
    let environment = user.environment()
    try await user.shell(#"printf '1 1 * * * x\n' >same.cron; printf '1 1 * * * x' >short.cron"#)
    func codes(_ statement: String) async throws -> [String] {
      let effect = try #require(driver.recognise(try action(statement), in: environment.context))
      let before = try await driver.observe(effect, in: environment)
      return try await driver.forecast(effect, before: before, in: environment).problems.map(\.code)
    }
    #expect(try await codes("crontab -u \(user.name) -r") == ["no-op"])
    #expect(try await codes("crontab -u \(user.name) gone.cron") == ["schedule-missing"])
    #expect(try await codes("crontab -u \(user.name) short.cron") == ["schedule-refused"])
    let line = "crontab -u \(user.name) -l | sed 's|^1 1 \\* \\* \\* gone$|# &|' | crontab -u \(user.name) -"
    try await user.put(#"1 1 * * * here\n"#)
    #expect(try await codes(line) == ["no-op"])
    #expect(try await codes(line.replacingOccurrences(of: "gone", with: "here")) == [])
    try await user.shell("crontab -u \(user.name) -r")
    #expect(try await codes("crontab -u nobody-of-that-name -r") == ["not-observed"])
    try await user.shell("crontab -u \(user.name) same.cron")
    #expect(try await codes("crontab -u \(user.name) same.cron") == ["no-op"])
    try await user.end()
  }

  @Test func whatTheWordsMean() throws {
    let context = ReadingContext(directory: "/srv", variables: ["WHO": "ann"])
    func command(_ statement: String) throws -> CrontabCommand? {
      guard case .command(let command) = try action(statement) else { return nil }
      return CrontabCommand(command, in: context)
    }
    #expect(try command("crontab -e") == nil)
    #expect(try command("crontab jobs")?.action == .install(.file("/srv/jobs")))
    #expect(try command("crontab -u $WHO -r")?.user == "ann")
    #expect(try command("crontab -u $NOBODY -r")?.user == "$NOBODY")
    #expect(try command("crontab - <<EOF\n1 1 * * * $X\nEOF")?.action == .install(.unknown))
    #expect(try command("crontab <<<'1 1 * * * x'")?.action == .install(.text("1 1 * * * x\n")))
    #expect(try command("crontab")?.action == nil)
    let jobs = JobList(text: Data("A=1\n# no\n\n@daily x=y\n1 1 * * * z\n".utf8)).jobs
    #expect(jobs == ["@daily x=y", "1 1 * * * z"])
  }
}
