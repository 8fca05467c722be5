import Foundation
import Layer
import Runbook

/// Which database a statement means. It names where the password is and never holds it: it stands in the plan.
package struct ConnectionReference: Codable, Hashable, Sendable {
  /// A value of a connection keyword.
  package enum Value: Codable, Hashable, Sendable {
    case literal(String)
    /// The session's variable of this name.
    case variable(String)
  }

  /// A name in `connections`; nil where the command's own arguments say it.
  package var name: String?
  /// libpq keyword → value. `dbname` may be a URL.
  package var keywords: [String: Value] = [:]

  package init(name: String? = nil, keywords: [String: Value] = [:]) {
    self.name = name
    self.keywords = keywords
  }

  package static let variableKeywords = [
    "PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname",
    "PGPASSWORD": "password", "PGPASSFILE": "passfile", "PGSERVICE": "service", "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey", "PGOPTIONS": "options",
  ]

  /// How targets name it: `default`, else `host:port/database`.
  package func label(in context: ReadingContext) -> String {
    if let name { return name }
    var parts: [String: String] = [:]
    for (variable, keyword) in Self.variableKeywords {
      if let value = context.variables[variable] { parts[keyword] = value }
    }
    for (keyword, value) in keywords {
      switch value {
      case .literal(let text): parts[keyword] = text
      case .variable(let variable):
        guard let text = context.variables[variable] else { return "$\(variable)" }
        parts[keyword] = text
      }
    }
    if let database = parts["dbname"], Self.isConnectionString(database) {
      parts.merge(Self.parse(database) ?? ["dbname": "?"]) { $1 }
    }
    let database = parts["dbname"] ?? parts["user"] ?? ""
    return "\(parts["host"] ?? parts["hostaddr"] ?? "localhost"):\(parts["port"] ?? "5432")/\(database)"
  }

  package static func isConnectionString(_ text: String) -> Bool {
    text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") || text.contains("=")
  }

  /// The keywords of a URL or conninfo string, by libpq's own parser; nil where it is neither.
  package static func parse(_ text: String) -> [String: String]? {
    guard let libpq = try? PostgresLibrary.load(), let options = libpq.PQconninfoParse(text, nil) else { return nil }
    defer { libpq.PQconninfoFree(options) }
    var result: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { result[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    return result
  }

  /// Connects, resolving what is secret now and no earlier. Throws `PostgresFailure`.
  package func connect(in environment: StepEnvironment) async throws -> PostgresConnection {
    var parameters: [(String, String)] = []
    let context = environment.context
    if let name {
      switch context.connections[name] {
      case .postgres(let reference):
        parameters.append(("dbname", try await environment.secrets.value(of: reference)))
      case .postgresLiteral(let text): parameters.append(("dbname", try await environment.reveal(text)))
      case .sqlite, nil:
        throw PostgresFailure(state: nil, message: "no PostgreSQL connection \"\(name)\" is bound in backout.yaml")
      }
      if parameters[0].1.isEmpty {
        throw PostgresFailure(state: nil, message: "the connection \"\(name)\" is empty: its variable has no value")
      }
    } else {
      for (variable, keyword) in Self.variableKeywords.sorted(by: { $0.key < $1.key }) {
        if let value = context.variables[variable] { parameters.append((keyword, value)) }
      }
      for (keyword, value) in keywords.sorted(by: { $0.key < $1.key }) {
        switch value {
        case .literal(let text): parameters.append((keyword, try await environment.reveal(text)))
        case .variable(let variable):
          guard let text = context.variables[variable] else {
            throw PostgresFailure(state: nil, message: UnsetVariable.text(variable))
          }
          parameters.append((keyword, text))
        }
      }
    }
    let passwords = parameters.compactMap { keyword, value in
      keyword == "password"
        ? value : keyword == "dbname" && Self.isConnectionString(value) ? Self.parse(value)?["password"] : nil
    }
    // Before the others: what the connection itself says wins.
    let defaults = [
      ("connect_timeout", "5"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
      ("tcp_user_timeout", "20000"), ("fallback_application_name", "backout"),
    ]
    let application = String("backout \(environment.label)".unicodeScalars.filter { $0.isASCII }.prefix(63))
    return try await PostgresConnection.connect(
      defaults + parameters + [("application_name", application), ("client_encoding", "UTF8")], passwords: passwords)
  }
}

extension String {
  init(_ scalars: some Sequence<Unicode.Scalar>) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}

/// An identifier as SQL needs it.
package func quoted(identifier: String) -> String {
  "\"" + identifier.replacingOccurrences(of: "\"", with: "\"\"") + "\""
}

/// A text as a SQL literal, whatever `standard_conforming_strings` says.
package func quoted(literal: String) -> String {
  let text = literal.replacingOccurrences(of: "'", with: "''")
  return text.contains("\\") ? "E'" + text.replacingOccurrences(of: "\\", with: "\\\\") + "'" : "'" + text + "'"
}
