/// Names that say their value is a secret: `ELEVENLABS_API_KEY`, `secret`, `dbPassword`.
public enum SensitiveNames {
  private static let words = [
    "secret", "token", "password", "passwd", "passphrase", "credential", "apikey", "api_key", "api-key", "private_key",
    "privatekey", "private-key", "access_key", "accesskey", "access-key", "auth_key", "authkey", "signing_key",
    "signingkey", "encryption_key", "encryptionkey", "authorization", "cookie", "dsn", "bearer",
  ]

  public static func matches(_ name: String) -> Bool {
    let lower = name.lowercased()
    return words.contains { lower.contains($0) } || lower.hasSuffix("_key") || lower == "key" || lower.hasSuffix("_pw")
      || lower == "pw"
  }
}

extension JSONValue {
  /// The same value with the texts and numbers under sensitive names, however deep, replaced by `‹name›`.
  public var withoutSensitiveMembers: JSONValue {
    switch self {
    case .object(let members):
      .object(
        Dictionary(
          members.map { name, value in
            (name, SensitiveNames.matches(name) ? value.hidden(as: name) : value.withoutSensitiveMembers)
          }, uniquingKeysWith: { first, _ in first }))
    case .array(let items): .array(items.map(\.withoutSensitiveMembers))
    default: self
    }
  }

  private func hidden(as name: String) -> JSONValue {
    switch self {
    case .object(let members): .object(members.mapValues { $0.hidden(as: name) })
    case .array(let items): .array(items.map { $0.hidden(as: name) })
    case .bool, .null: self
    default: .string("‹\(name)›")
    }
  }
}
