import Foundation

/// Every form that a secret is looked for in.
enum SecretForms {
  /// Raw, and as URLs, JSON, HTML and shells write it.
  static func contiguous(of value: String) -> Set<String> {
    urls(of: value).union(json(of: value)).union(quoted(of: value)).union([value])
  }

  private static func urls(of value: String) -> Set<String> {
    let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    // What tools leave as it is differs: Python spares `/`, JavaScript `!'()*` or more.
    let spared = [unreserved, unreserved + "/", unreserved + "!'()*", unreserved + "!'()*;,/?:@&=+$#"].map {
      CharacterSet(charactersIn: $0)
    }
    var forms: Set<String> = []
    for set in spared + [.urlQueryAllowed, .urlPathAllowed] {
      guard let encoded = value.addingPercentEncoding(withAllowedCharacters: set) else { continue }
      for form in [encoded, lowerEscapes(encoded)] {
        forms.insert(form)
        forms.insert(form.replacingOccurrences(of: "%20", with: "+"))
      }
    }
    return forms
  }

  /// `%2F` as `%2f`.
  private static func lowerEscapes(_ text: String) -> String {
    var digits = 0
    var result = ""
    for character in text {
      result += digits > 0 ? character.lowercased() : String(character)
      digits = character == "%" ? 2 : max(0, digits - 1)
    }
    return result
  }

  private static func json(of value: String) -> Set<String> {
    var forms: Set<String> = []
    // Writers differ in what they escape: the slash, what is not ASCII, what means something in HTML.
    for escapesSlash in [false, true] {
      for escapesHTML in [HTMLEscaping.none, .markup, .markupAndQuote] {
        for ascii in [Escaping.none, .lower, .upper] {
          forms.insert(escaped(value, slash: escapesSlash, html: escapesHTML, ascii: ascii))
        }
      }
    }
    // JSON inside JSON.
    for form in forms where form.contains("\\") { forms.insert(escaped(form, slash: false, html: .none, ascii: .none)) }
    return forms
  }

  /// Go writes `&`, `<` and `>` as `\u0026` …; others the single quote too.
  private enum HTMLEscaping { case none, markup, markupAndQuote }
  private enum Escaping { case none, lower, upper }

  private static func escaped(_ value: String, slash: Bool, html: HTMLEscaping, ascii: Escaping) -> String {
    var result = ""
    for unit in value.unicodeScalars {
      switch unit {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "/" where slash: result += "\\/"
      case "&" where html != .none, "<" where html != .none, ">" where html != .none, "'" where html == .markupAndQuote:
        result += "\\u00" + String(unit.value, radix: 16)
      case _ where unit.value > 0x7E && ascii != .none:
        for word in String(unit).utf16 {
          let digits = String(word, radix: 16, uppercase: ascii == .upper)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      default: result.unicodeScalars.append(unit)
      }
    }
    return result
  }

  /// As shells and HTML quote it.
  private static func quoted(of value: String) -> Set<String> {
    func escaping(_ characters: String) -> String {
      value.reduce(into: "") { $0 += characters.contains($1) ? "\\\($1)" : String($1) }
    }
    let html = value.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;")
    return [
      value.replacingOccurrences(of: "'", with: "'\\''"), value.replacingOccurrences(of: "'", with: "''"),
      escaping("\"\\$`"), escaping(" \"'\\$`&|;<>()*?[]#~=%!{}"), escaping(" \"'\\$`&|;<>()*?[]#~!{}^,"),
      html, html.replacingOccurrences(of: "\"", with: "&quot;"), html.replacingOccurrences(of: "\"", with: "&#34;"),
    ]
  }

  /// Base64 and hex.
  static func encoded(of value: String) -> Set<String> {
    var forms: Set<String> = []
    let bytes = Array(value.utf8)
    // Inside a longer base64 text a secret stands at one of three alignments; only the characters that depend on
    // the secret alone can be looked for.
    for lead in 0..<3 {
      let encoded = Data([UInt8](repeating: 0, count: lead) + bytes).base64EncodedString()
      let start = lead == 0 ? 0 : lead + 1
      let end = (lead + bytes.count) * 8 / 6
      let core = String(Array(encoded)[start..<max(start, end)])
      if core.count >= 5 { forms.insert(core) }
    }
    forms.insert(Data(bytes).base64EncodedString())
    for form in forms {
      forms.insert(form.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_"))
    }
    let digits = Array("0123456789abcdef")
    let hex = String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    forms.insert(hex)
    forms.insert(hex.uppercased())
    return forms
  }
}
