import HTTPLayer
import Layer
import Runbook
import ShellLayer

/// Asks each kind of check of whoever can answer it: SQL goes through the driver that knows the connection.
struct Checks: CheckAnswering {
  private let answerers: [any CheckAnswering] = [HTTPDriver(), ShellDriver()]

  struct NotAnswered: Error, CustomStringConvertible {
    var description: String
  }

  func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    if case .sql(let sql) = question { return try await answer(sql, in: environment) }
    for answerer in answerers {
      if let answer = try await answerer.answer(question, in: environment) { return answer }
    }
    return nil
  }

  private func answer(_ sql: SQLText, in environment: StepEnvironment) async throws -> Answer? {
    guard let effect = drivers.recognise(.sql(sql), in: environment.context), let driver = drivers[effect.driver] else {
      throw NotAnswered(description: "no connection named \(sql.connection): add it under connections: in backout.yaml")
    }
    guard effect.role == .observe else {
      throw NotAnswered(description: "a check only looks, and this would change something: \(sql.text.firstLine)")
    }
    let outcome = try await driver.act(effect, before: .notObserved("a check"), in: environment)
    guard outcome.succeeded else { throw NotAnswered(description: outcome.summary) }
    return Answer(outcome)
  }
}
