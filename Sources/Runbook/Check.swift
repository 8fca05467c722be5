/// A read-only question with an expected answer.
public struct Check: Codable, Hashable, Sendable {
  /// Before a step: guard; `ready` is a guard that must hold when the plan is made, too. After it: verification. Over
  /// time after the run: criterion. Before any run: trigger.
  public enum Role: String, Codable, Hashable, Sendable, CaseIterable {
    case `guard`, ready, verification, criterion, trigger
  }

  public enum Question: Codable, Hashable, Sendable {
    /// A person says.
    case confirmation(String)
    /// A read-only shell command, run in the step's directory.
    case command(String)
    case sql(SQLText)
    case http(HTTPQuestion)
    /// The step's own output.
    case output
  }

  public var role: Role
  public var question: Question
  public var expectation: Expectation
  /// In the document, or 0 where a binding brought it.
  public var line: Int
  /// What is asked, in a person's words; nil: the question speaks for itself.
  public var title: String?

  public init(role: Role, question: Question, expectation: Expectation, line: Int = 0, title: String? = nil) {
    self.title = title
    self.role = role
    self.question = question
    self.expectation = expectation
    self.line = line
  }
}

public struct HTTPQuestion: Codable, Hashable, Sendable {
  public var method: String
  public var url: String
  public var headers: [String: String]
  public var body: String?

  public init(method: String = "GET", url: String, headers: [String: String] = [:], body: String? = nil) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// What an answer must be. Every part that is set must hold; none set: the command exits 0, or the status is under 400.
public struct Expectation: Codable, Hashable, Sendable {
  public var equals: JSONValue?
  public var contains: [String]
  public var exitStatus: Int?
  public var httpStatus: Int?
  /// Dotted path → value.
  public var json: [String: JSONValue]
  /// Such as `<=`, with `bound`.
  public var comparison: Comparison?
  public var bound: Double?
  /// As the document words it, where no machine can read it; then a person is asked.
  public var prose: String?

  public init(
    equals: JSONValue? = nil, contains: [String] = [], exitStatus: Int? = nil, httpStatus: Int? = nil,
    json: [String: JSONValue] = [:], comparison: Comparison? = nil, bound: Double? = nil, prose: String? = nil
  ) {
    self.equals = equals
    self.contains = contains
    self.exitStatus = exitStatus
    self.httpStatus = httpStatus
    self.json = json
    self.comparison = comparison
    self.bound = bound
    self.prose = prose
  }
}

public enum Comparison: String, Codable, Hashable, Sendable, CaseIterable {
  case less = "<", lessOrEqual = "<=", equal = "=", greaterOrEqual = ">=", greater = ">"

  public func holds(_ left: Double, _ right: Double) -> Bool {
    switch self {
    case .less: left < right
    case .lessOrEqual: left <= right
    case .equal: left == right
    case .greaterOrEqual: left >= right
    case .greater: left > right
    }
  }
}
