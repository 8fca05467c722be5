import Foundation

/// Hides secrets in what is shown: raw, base64, URL-encoded, JSON-escaped and in hex.
public struct Redactor: Sendable {
  /// Longest first, so that a secret inside another leaves nothing behind.
  private let needles: [(text: String, mask: String)]

  /// - Parameter secrets: name → value. Values shorter than four characters are too common to hide and are left out.
  public init(secrets: [String: String] = [:]) {
    var needles: [String: String] = [:]
    for (name, value) in secrets where value.count >= 4 {
      for form in Self.forms(of: value) { needles[form] = "‹\(name)›" }
    }
    self.needles = needles.map { ($0.key, $0.value) }.sorted {
      $0.0.utf8.count != $1.0.utf8.count ? $0.0.utf8.count > $1.0.utf8.count : $0.0 < $1.0
    }
  }

  public var isEmpty: Bool { needles.isEmpty }
  /// The longest form that is looked for, in bytes: what a reader of a stream holds back.
  public var longest: Int { needles.first?.text.utf8.count ?? 0 }

  /// `text` with each secret replaced by its name: `‹YOUR_API_KEY›`.
  public func redact(_ text: String) -> String {
    guard !needles.isEmpty else { return text }
    return needles.reduce(text) { result, needle in
      result.contains(needle.text) ? result.replacingOccurrences(of: needle.text, with: needle.mask) : result
    }
  }

  public func redact(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text): .string(redact(text))
    case .array(let items): .array(items.map(redact))
    case .object(let members):
      .object(Dictionary(members.map { (redact($0), redact($1)) }, uniquingKeysWith: { first, _ in first }))
    default: value
    }
  }

  /// Every form that a secret is looked for in.
  static func forms(of value: String) -> Set<String> {
    var forms: Set<String> = [value]
    let bytes = Array(value.utf8)
    // Inside a longer base64 text a secret stands at one of three alignments; only the characters that depend on
    // the secret alone can be looked for.
    for lead in 0..<3 {
      let encoded = Data([UInt8](repeating: 0, count: lead) + bytes).base64EncodedString()
      let start = lead == 0 ? 0 : lead + 1
      let end = (lead + bytes.count) * 8 / 6
      let core = String(Array(encoded)[start..<max(start, end)])
      if core.count >= 6 {
        forms.insert(core)
        forms.insert(core.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_"))
      }
    }
    forms.insert(Data(bytes).base64EncodedString())
    let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    if let encoded = value.addingPercentEncoding(withAllowedCharacters: unreserved) {
      forms.insert(encoded)
      forms.insert(encoded.replacingOccurrences(of: "%20", with: "+"))
    }
    if let encoded = value.addingPercentEncoding(withAllowedCharacters: .urlQueryAllowed) { forms.insert(encoded) }
    if let json = try? JSONEncoder().encode(value) {
      let text = String(decoding: json, as: UTF8.self).dropFirst().dropLast()
      forms.insert(String(text))
      forms.insert(text.replacingOccurrences(of: "\\/", with: "/"))
    }
    let hex = bytes.map { String(format: "%02x", $0) }.joined()
    forms.insert(hex)
    forms.insert(hex.uppercased())
    return forms
  }
}
