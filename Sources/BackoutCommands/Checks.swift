import HTTPLayer
import Layer
import PostgresLayer
import Runbook
import SQLiteLayer
import ShellLayer

/// Asks each kind of check of whoever can answer it.
struct Checks: CheckAnswering {
  private let answerers: [any CheckAnswering] = [HTTPDriver(), PostgresDriver(), SQLiteDriver(), ShellDriver()]

  func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    for answerer in answerers {
      if let answer = try await answerer.answer(question, in: environment) { return answer }
    }
    return nil
  }
}
