/// Names that say their value is a secret: `ELEVENLABS_API_KEY`, `secret`, `dbPassword`.
public enum SensitiveNames {
  private static let words = [
    "secret", "token", "password", "passwd", "passphrase", "credential", "apikey", "api_key", "api-key", "private_key",
    "access_key", "auth_key", "signing_key", "encryption_key", "authorization", "cookie", "dsn",
  ]

  public static func matches(_ name: String) -> Bool {
    let lower = name.lowercased()
    return words.contains { lower.contains($0) } || lower.hasSuffix("_key") || lower == "key" || lower.hasSuffix("_pw")
      || lower == "pw"
  }
}

extension JSONValue {
  /// The same value with the texts under sensitive names replaced by `‹name›`.
  public var withoutSensitiveMembers: JSONValue {
    switch self {
    case .object(let members):
      .object(
        Dictionary(
          uniqueKeysWithValues: members.map { name, value in
            if SensitiveNames.matches(name), value.stringValue != nil || value.integerValue != nil {
              return (name, .string("‹\(name)›"))
            }
            return (name, value.withoutSensitiveMembers)
          }))
    case .array(let items): .array(items.map(\.withoutSensitiveMembers))
    default: self
    }
  }
}
