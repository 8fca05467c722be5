/// How a secret stands in a plan, an effect or a command until the last moment: by name, never by value.
///
/// The token is `⟦secret:NAME⟧`; the brackets (U+27E6, U+27E7) occur in no shell syntax.
public enum SecretToken {
  public static func token(for name: String) -> String { "⟦secret:\(name)⟧" }

  /// The names of the secrets in `text`, in order.
  public static func names(in text: String) -> [String] { parts(of: text).compactMap(\.secret) }

  /// Replaces each token by what `value` gives for its name.
  public static func replace(in text: String, with value: (String) throws -> String) rethrows -> String {
    try parts(of: text).map { part in try part.secret.map(value) ?? part.plain }.joined()
  }

  private static func parts(of text: String) -> [(plain: String, secret: String?)] {
    guard text.contains("⟦") else { return [(text, nil)] }
    var result: [(String, String?)] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "⟦") {
      result.append((String(rest[..<start]), nil))
      let inner = rest[rest.index(after: start)...]
      if inner.hasPrefix("secret:"), let end = inner.firstIndex(of: "⟧") {
        result.append(("", String(inner[..<end].dropFirst("secret:".count))))
        rest = inner[inner.index(after: end)...]
      } else {
        result.append(("⟦", nil))
        rest = inner
      }
    }
    result.append((String(rest), nil))
    return result
  }
}
