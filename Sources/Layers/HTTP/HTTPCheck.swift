import Foundation
import Layer
import Runbook

/// Answers checks over HTTP.
public struct HTTPCheck: CheckAnswering {
  /// Such a check may change something; a check only looks.
  public struct NotReadOnly: Error, Sendable, CustomStringConvertible {
    public var method: String
    public var description: String { "a check may only look, and \(method) may change: nothing was sent" }
  }

  public init() {}

  /// Throws where no answer came, where a secret cannot be had, and `NotReadOnly`.
  public func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    guard case .http(let http) = question else { return nil }
    return try await answer(http, in: environment)
  }

  public func answer(_ question: HTTPQuestion, in environment: StepEnvironment) async throws -> Answer {
    let method = question.method.uppercased()
    guard ["GET", "HEAD", "OPTIONS"].contains(method) else { throw NotReadOnly(method: method) }
    var request = CurlRequest()
    request.method = method
    request.setAddress(
      question.url.contains("://") ? question.url : "http://" + question.url, by: environment.context.endpoints)
    for (name, value) in question.headers.sorted(by: { $0.key < $1.key }) { request.set(name, value) }
    if let body = question.body { request.body = [.text(body)] }
    request.maximumTime = 30
    let response = try await HTTPExchange.send(try await request.call(in: environment))
    return Answer(
      value: response.json.map { environment.redactor.redact($0) },
      text: environment.redactor.redactOutput(response.shownText),
      httpStatus: response.status)
  }

  /// Asks, and says whether the answer is as expected. No answer is an answer that is not as expected.
  public func evaluate(
    _ question: HTTPQuestion, _ expectation: Expectation, in environment: StepEnvironment
  ) async throws -> (passed: Bool, said: String) {
    do {
      let (holds, said) = expectation.judge(try await answer(question, in: environment))
      return (holds, said)
    } catch let failure as HTTPFailure {
      return (false, environment.redactor.redact(failure.description))
    }
  }
}

extension HTTPDriver: CheckAnswering {
  public func answer(_ question: Check.Question, in environment: StepEnvironment) async throws -> Answer? {
    try await HTTPCheck().answer(question, in: environment)
  }
}
