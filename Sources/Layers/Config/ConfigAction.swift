import Foundation
import Layer
import Runbook

/// What a setting's change means.
enum ConfigAction: Codable, Hashable, Sendable {
  /// `export X=Y`, `X=Y`, `unset X`: the session's variables. Nil: unset. A value that only a shell can tell is `.unknown`.
  case session([SessionChange])
  /// `NAME=value` lines of a file.
  case file(path: String, settings: [Setting])
  /// The document says what, and nobody says where.
  case noFile([Setting])

  struct SessionChange: Codable, Hashable, Sendable {
    var name: String
    /// Nil: unset, or a value that only a shell can tell (`isUnknown`), or one that stays (`export X`).
    var value: String?
    var isUnset = false
  }
  struct Setting: Codable, Hashable, Sendable {
    var name: String
    /// May hold `SecretToken`s.
    var value: String
    var line: Int
  }
}

struct ConfigParameters: Codable, Hashable, Sendable {
  var action: ConfigAction
  var missing: [String]

  init(action: ConfigAction, missing: [String] = []) {
    self.action = action
    self.missing = missing
  }

  /// Throws `DecodingError` where the effect is not one of this driver.
  init(_ effect: Effect) throws {
    self = try effect.parameters.decoded()
  }

  var json: JSONValue { get throws { try JSONValue(encoding: self) } }
}
