import Layer
import Runbook

extension PostgresFailure {
  /// The server's no as a problem of a plan, by its SQLSTATE.
  ///
  /// - Parameters:
  ///   - database: the connection's label.
  ///   - subject: what was asked for, before the message; nil: the connection itself.
  ///   - changes: whether the step that would meet it changes something.
  package func problem(of database: String, subject: String?, changes: Bool, redactor: Redactor) -> Problem {
    let message = redactor.redact(description)
    if isUnreachable {
      return Problem(
        code: "database-unreachable", message: "not observed: \(database) does not answer: \(message)")
    }
    let code =
      switch state {
      case "28P01", "28000": "credentials-refused"
      case "42P01", "3F000": "table-missing"
      case "42703": "column-missing"
      case "42501": "no-privilege"
      case "25006": "read-only"
      case "55P03": "lock-held"
      case "57014": "look-too-long"
      default: "sql-refused"
      }
    // A lock may be gone when the step comes; what changes rows would wait for it, and fail.
    let isPassing = code == "look-too-long" || code == "lock-held" && !changes
    return Problem(
      code: code, severity: isPassing ? .warning : .error, message: (subject.map { "\($0): " } ?? "") + message)
  }
}
