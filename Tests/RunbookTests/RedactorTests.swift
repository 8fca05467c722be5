import Foundation
import Testing

@testable import Runbook

@Suite struct RedactorTests {
  private let secret = #"s3cr3t/"+&x=é'$1"#
  private var redactor: Redactor { Redactor(secrets: ["KEY": secret, "PIN": "q#7Z"]) }

  @Test func everyFormIsHidden() throws {
    let data = Data(secret.utf8)
    let unreserved = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{21}"..."\u{7E}"))
    let url = try #require(secret.addingPercentEncoding(withAllowedCharacters: unreserved))
    let forms = [
      secret, data.base64EncodedString(), url, url.replacing(/%[0-9A-F]{2}/) { $0.output.lowercased() },
      String(decoding: try JSONEncoder().encode([secret]).dropFirst(2).dropLast(2), as: UTF8.self),
      #"s3cr3t/\"+&x=é'$1"#, #"s3cr3t/\"+\u0026x=\u00e9'$1"#, #"s3cr3t/\"+&x=\u00E9'$1"#, #"s3cr3t/\\\"+&x=é'$1"#,
      #"s3cr3t/"+&x=é'\''$1"#, data.map { String(format: "%02x", $0) }.joined(),
      data.map { String(format: "%02X", $0) }.joined(),
    ]
    for form in forms {
      #expect(redactor.redact("a \(form) b") == "a ‹KEY› b", "\(form)")
    }
    #expect(redactor.redact("pin q#7Z") == "pin ‹PIN›")
    for lead in ["", "x", "xy"] {
      let text = Data((lead + secret + "\n").utf8).base64EncodedString()
      #expect(redactor.redact(text).contains("‹KEY›"))
    }
    #expect(redactor.redact("nothing here") == "nothing here")
    #expect(Redactor(secrets: ["A": "abc"]).isEmpty)
  }

  @Test func encodedFormsAreHiddenInGroupsAndLines() {
    let data = Data(secret.utf8)
    let spaced = data.map { String(format: "%02x", $0) }.joined(separator: " ")
    #expect(redactor.redactOutput("dump \(spaced) end") == "dump ‹KEY› end")
    let folded = data.base64EncodedString().enumerated().map { $0 % 5 == 4 ? "\($1)\n" : "\($1)" }.joined()
    let hidden = redactor.redactOutput("a\n\(folded)\nb")
    #expect(hidden.contains("‹KEY›") && hidden.hasPrefix("a\n") && hidden.hasSuffix("\nb"))
  }

  @Test(arguments: [
    ("API_TOKEN=abc def", "API_TOKEN=‹API_TOKEN›"), ("export API_TOKEN=\"abc\"", "export API_TOKEN=\"‹API_TOKEN›\""),
    ("-DB_PASSWORD=old", "-DB_PASSWORD=‹DB_PASSWORD›"), ("+DB_PASSWORD=new", "+DB_PASSWORD=‹DB_PASSWORD›"),
    ("{\"secret\": \"abc\", \"a\": 1}", "{\"secret\": \"‹secret›\", \"a\": 1}"),
    ("{\\\"token\\\": \\\"abc\\\"}", "{\\\"token\\\": \\\"‹token›\\\"}"),
    ("GET /x?access_token=abc&b=1 HTTP", "GET /x?access_token=‹access_token›&b=1 HTTP"),
    ("Authorization: Bearer abc", "Authorization: ‹Authorization›"),
    ("< Set-Cookie: a=b", "< Set-Cookie: ‹Set-Cookie›"),
    ("to postgres://u:p4ss@h/d now", "to postgres://u:‹password›@h/d now"),
    ("API_TOKEN=$OTHER", "API_TOKEN=$OTHER"), ("MODE=old", "MODE=old"),
    ("invalid token: expired", "invalid token: expired"),
    ("\"secret\": null", "\"secret\": null"), ("the key is = x", "the key is = x"), ("API_TOKEN=", "API_TOKEN="),
  ])
  func valuesUnderSensitiveNamesAreHidden(_ text: String, _ shown: String) {
    #expect(Redactor().redactOutput(text) == shown)
  }

  @Test func privateKeysAreHidden() {
    let key = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nxyz\n-----END RSA PRIVATE KEY-----\nb"
    #expect(Redactor().redactOutput(key) == "a\n‹private key›\nb")
  }

  @Test func anyBytesAreRead() {
    var state: UInt64 = 3
    let alphabet = Array("KEYtoken=:\"'\\ \n/@-{}[]$<‹".utf8)
    for _ in 0..<300 {
      let bytes = (0..<120).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return alphabet[Int((state >> 33) % UInt64(alphabet.count))]
      }
      _ = redactor.redactOutput(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test func membersUnderSensitiveNamesAreHiddenAtAnyDepth() {
    let value: JSONValue = ["a": ["client_secret": "x", "n": 1], "tokens": ["p", ["q": 2]], "ok": true]
    #expect(
      value.withoutSensitiveMembers == [
        "a": ["client_secret": "‹client_secret›", "n": 1], "tokens": ["‹tokens›", ["q": "‹tokens›"]], "ok": true,
      ])
  }
}
