import BackoutTestKit
import Foundation
import Layer
import Runbook
import RunbookReading
import Testing

@testable import MessageLayer

@Suite struct MessageDriverTests {
  private let driver = MessageDriver()

  private func effect(_ statement: String, in context: ReadingContext) throws -> Effect? {
    let commands = ShellReader().statements(of: statement, line: 1).flatMap(\.commands)
    return commands.compactMap { driver.recognise(.command($0), in: context) }.last
  }

  @Test(arguments: [
    (#"echo "done" | mail -s "URGENT" team@shop.test"#, "mail to team@shop.test: URGENT"),
    ("mutt -s x -c lead@shop.test ops@shop.test < note", "mail to lead@shop.test, ops@shop.test: x"),
    ("swaks --to a@shop.test --server localhost", "mail to a@shop.test"), ("sendmail -t < note", "mail"),
  ])
  func whatIsSentToWhom(_ statement: String, _ summary: String) throws {
    let found = try #require(try effect(statement, in: ReadingContext(directory: "/")))
    #expect(found.summary == summary)
    #expect(found.layer == .message && found.reversibility.isPointOfNoReturn && !found.isRepeatable)
    #expect(found.isUnseen == true)
  }

  @Test func doctorIsToldEveryMailer() throws {
    for mailer in driver.tools.keys {
      #expect(try effect("\(mailer) ops@shop.test", in: ReadingContext(directory: "/")) != nil, "\(mailer)")
    }
    #expect(driver.tools.count == 6)
  }

  @Test func aMailThatIsAcceptedIsNotProven() async throws {
    let tools = try ToolFolder(["mail": "cat >\"$state/sent\""])
    defer { tools.remove() }
    let environment = tools.environment()
    let statement = "echo done | mail -s over ops@shop.test"
    let found = try #require(try effect(statement, in: environment.context))
    let before = try await driver.observe(found, in: environment)
    #expect(try await driver.forecast(found, before: before, in: environment).problems == [])
    let outcome = try #require(try await environment.session?.run(statement, timeout: 10))
    #expect(try tools.state("sent") == "done")
    let after = try await driver.observe(found, in: environment)
    guard case .unproven = driver.verify(found, before: before, after: after, outcome: outcome) else {
      Issue.record("acceptance is no proof of arrival")
      return
    }
    guard case .undetermined = try await driver.probe(found, before: before, marker: nil, in: environment) else {
      Issue.record("nobody can see whether it was sent")
      return
    }
    let image = try await driver.keep(found, before: before, in: environment)
    let undone = try await driver.undo(image, of: found, before: before, after: after, answer: nil, in: environment)
    #expect(undone.notRestored == ["message:ops@shop.test"])
  }

  @Test(arguments: [
    ("mail -s x", "recipient-missing"), ("mail -s x team@company.com", "recipient-example"),
    ("mutt -s x a@shop.test", "command-missing"),
  ])
  func whatIsWrongIsSaidBeforehand(_ statement: String, _ code: String) async throws {
    let tools = try ToolFolder(["mail": "true"])
    defer { tools.remove() }
    let environment = tools.environment(variables: ["PATH": tools.folder.path + ":/bin"])
    let found = try #require(try effect(statement, in: environment.context))
    let before = try await driver.observe(found, in: environment)
    #expect(try await driver.forecast(found, before: before, in: environment).problems.map(\.code).contains(code))
  }
}
