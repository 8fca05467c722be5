import Foundation
import Layer
import Runbook

/// A `curl` command as a request. A value of the effect: secrets stand in it as tokens.
struct CurlRequest: Codable, Hashable, Sendable {
  struct Header: Codable, Hashable, Sendable {
    var name: String
    var value: String
  }

  /// Pieces of a body, joined by `&`.
  enum BodyPart: Codable, Hashable, Sendable {
    case text(String)
    case file(path: String, stripsNewlines: Bool)
    case encodedFile(name: String?, path: String)

    var path: String? {
      switch self {
      case .text: nil
      case .file(let path, _), .encodedFile(_, let path): path
      }
    }
  }

  var method = "GET"
  /// As it is called: endpoints mapped.
  var url = ""
  /// As the document has it; nil: as it is called.
  var unmapped: String?
  var headers: [Header] = []
  /// Nil: no body.
  var body: [BodyPart]?
  /// `user:password`.
  var credentials: String?
  var followsRedirects = false
  var isInsecure = false
  /// Shows the response's head before the body.
  var showsHead = false
  /// `-o` and `-O`, other than `/dev/null`.
  var outputFile: String?
  /// The option by which it changes what nobody looks at: a file of its own, or anything (`-K`, `--next`).
  var changesBy: String?
  var hidesBody = false
  /// `-w`.
  var writeOut: String?
  /// Seconds.
  var maximumTime: Double?
  /// Seconds.
  var connectTime: Double?
  /// What `--retry` asks for.
  var retries = 0
  /// `-x`; nil: the session's variables say it.
  var proxyOption: String?
  /// `--noproxy`; nil: the session's variables say it.
  var proxyExceptions: String?
  /// Options and forms that only curl itself understands.
  var notUnderstood: [String] = []
  /// Variables that have no value yet.
  var missing: [String] = []
  /// Where a secret stands in the document itself: a header's name, `-u`, the URL.
  var literalSecrets: [String] = []

  /// `HEAD`, `GET`, `OPTIONS`.
  var isReadOnly: Bool { ["GET", "HEAD", "OPTIONS"].contains(method) }
  /// All that it changes is the file that its answer is written to.
  var onlyFetches: Bool { isReadOnly && outputFile != nil && changesBy == nil }
  /// It changes nothing, on this machine neither.
  var onlyLooks: Bool { isReadOnly && outputFile == nil && changesBy == nil }
  /// Made twice it comes to the same.
  var isRepeatable: Bool { changesBy == nil && (isReadOnly || method == "PUT" || method == "DELETE") }
  var isWrite: Bool { method == "PUT" || method == "PATCH" }
  /// What it changes is what a GET of the same address shows.
  var isSeen: Bool { isWrite || method == "DELETE" }
  /// Whether it can be called: every word is known and nothing is only for curl.
  var isWhole: Bool { notUnderstood.isEmpty && missing.isEmpty }

  func header(_ name: String) -> String? {
    headers.last { $0.name.lowercased() == name.lowercased() }?.value
  }

  mutating func set(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append(Header(name: name, value: value))
  }

  /// Takes an address as it is written. Who is named in it is sent as curl does that; `-u` wins.
  mutating func setAddress(_ written: String, by endpoints: [String: String]) {
    let plain = withoutUser(written)
    url = withoutUser(URLText.mapped(plain, by: endpoints))
    unmapped = url == plain ? nil : plain
  }

  private mutating func withoutUser(_ url: String) -> String {
    guard let (user, rest) = URLText.user(in: url) else { return url }
    if SecretHeader.hasLiteralPassword(user) { literalSecrets.append("the URL") }
    credentials = credentials ?? user
    return rest
  }
}

extension CurlRequest {
  /// Reads a command named `curl`; nil where it is another command, or has no URL.
  init?(_ command: ParsedCommand, in context: ReadingContext) {
    guard command.name == "curl" else { return nil }
    var reader = CurlReader(context: context)
    for word in command.knownWords(in: context).dropFirst() { reader.add(word) }
    guard let request = reader.finish() else { return nil }
    self = request
  }
}

/// Reads curl's words one after the other.
private struct CurlReader {
  let context: ReadingContext
  var request = CurlRequest()
  private var urls: [String] = []
  private var method: String?
  private var data: [CurlRequest.BodyPart] = []
  private var isJSON = false
  private var dataIsQuery = false
  private var isHead = false
  private var hasForm = false
  private var isUpload = false
  private var query: [String] = []
  private var waiting: String?
  private var onlyOperands = false
  /// `-O`.
  private var isNamedByURL = false
  /// `-J`, `--output-dir`: only the run tells where the answer is written to.
  private var isNamedElsewhere = false
  /// After `--next` stands another request.
  private var isOver = false

  init(context: ReadingContext) { self.context = context }

  mutating func add(_ word: KnownWord) {
    if case .unknown(let text, let missing) = word {
      request.missing += missing
      // A substitution, or an expansion that only a shell can do.
      if missing.isEmpty { request.notUnderstood.append(text) }
    }
    let text = word.valueOrText
    if isOver { return }
    if let option = waiting {
      waiting = nil
      apply(option, text)
    } else if onlyOperands || !text.hasPrefix("-") || text == "-" {
      urls.append(text)
    } else if text == "--" {
      onlyOperands = true
    } else if text.hasPrefix("--") {
      addLong(String(text.dropFirst(2)))
    } else {
      addShort(text.dropFirst())
    }
  }

  private mutating func addLong(_ name: String) {
    if CurlOptions.longFlags.contains(name) {
      apply(flag: name)
    } else if CurlOptions.longValued.contains(name) || CurlOptions.foreignLongValued.contains(name) {
      waiting = name
    } else {
      addForeign(flag: name)
    }
  }

  private mutating func addShort(_ letters: Substring) {
    var rest = letters
    while let letter = rest.popFirst() {
      if let name = CurlOptions.flags[letter] {
        apply(flag: name)
      } else if let name = CurlOptions.valued[letter] ?? CurlOptions.foreignValued[letter] {
        if rest.isEmpty { waiting = name } else { apply(name, String(rest)) }
        return
      } else if let name = CurlOptions.foreignFlags[letter] {
        addForeign(flag: name)
      } else {
        request.notUnderstood.append("-\(letter)")
      }
    }
  }

  private mutating func addForeign(flag: String) {
    request.notUnderstood.append("--\(flag)")
    switch flag {
    case "remote-header-name": isNamedElsewhere = true
    case "next":
      isOver = true
      noteChange(by: flag)
    default: break
    }
  }

  private mutating func noteChange(by option: String) { request.changesBy = request.changesBy ?? "--\(option)" }

  private mutating func apply(flag: String) {
    switch flag {
    case "insecure": request.isInsecure = true
    case "include", "show-headers": request.showsHead = true
    case "location": request.followsRedirects = true
    case "head": isHead = true
    case "get": dataIsQuery = true
    case "remote-name", "remote-name-all": isNamedByURL = true
    default: break  // How curl shows things, and -f: a status of 400 and above always is a failure here.
    }
  }

  private mutating func apply(_ option: String, _ value: String) {
    switch option {
    case "request": method = value.uppercased()
    case "header": addHeader(value)
    case "data", "data-ascii": addData(value, stripsNewlines: true)
    case "data-raw": data.append(.text(value))
    case "data-binary": addData(value, stripsNewlines: false)
    case "data-urlencode": addEncoded(value)
    case "json":
      isJSON = true
      addData(value, stripsNewlines: false)
    case "user":
      request.credentials = value
      if !value.contains(":") { request.notUnderstood.append("-u without a password") }
      if SecretHeader.hasLiteralPassword(value) { request.literalSecrets.append("-u") }
    case "output":
      if value == "/dev/null" { request.hidesBody = true }
      if CurlOptions.isFile(value) { request.outputFile = value }
    case "max-time": request.maximumTime = number(value, of: option)
    case "connect-timeout": request.connectTime = number(value, of: option)
    case "retry": request.retries = Int(number(value, of: option) ?? 0)
    case "cookie":
      if value.contains("=") { request.set("Cookie", value) } else { request.notUnderstood.append("-b \(value)") }
    case "user-agent": request.set("User-Agent", value)
    case "referer": request.set("Referer", value)
    case "write-out":
      request.writeOut = value
      let plain = value.replacingOccurrences(of: "%{http_code}", with: "")
        .replacingOccurrences(of: "%{response_code}", with: "")
      if plain.contains("%{") || value.hasPrefix("@") { request.notUnderstood.append("-w \(value)") }
    case "url": urls.append(value)
    case "proxy": request.proxyOption = value
    case "noproxy": request.proxyExceptions = value
    case "retry-delay", "retry-max-time": break  // Waits are bounded here.
    default: addForeign(option, value)
    }
  }

  /// What only curl does; the method, the address and the body are told rightly all the same.
  private mutating func addForeign(_ option: String, _ value: String) {
    request.notUnderstood.append("--\(option)")
    switch option {
    case "form", "form-string": hasForm = true
    case "upload-file":
      isUpload = true
      if value != "-", value != "." { data.append(.file(path: context.absolutePath(value), stripsNewlines: false)) }
    case "url-query": query.append(value)
    case "output-dir": isNamedElsewhere = true
    // A file of options, and commands for FTP: they may say anything.
    case "config", "quote": if value != "/dev/null" { noteChange(by: option) }
    default: if CurlOptions.writers.contains(option), CurlOptions.isFile(value) { noteChange(by: option) }
    }
  }

  private mutating func number(_ value: String, of option: String) -> Double? {
    if let number = Double(value), number >= 0, number.isFinite { return number }
    request.notUnderstood.append("--\(option) \(value)")
    return nil
  }

  private mutating func addHeader(_ text: String) {
    guard !text.hasPrefix("@"), let colon = text.firstIndex(of: ":") else {
      if text.hasSuffix(";") {
        request.set(String(text.dropLast()), "")
      } else {
        request.notUnderstood.append("-H \(text)")
      }
      return
    }
    let name = text[..<colon].trimmingCharacters(in: .whitespaces)
    let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    request.headers.append(.init(name: name, value: value))
  }

  private mutating func addData(_ value: String, stripsNewlines: Bool) {
    guard let path = value.dropping(prefix: "@") else { return data.append(.text(value)) }
    if path == "-" { request.notUnderstood.append("-d @-") }
    data.append(.file(path: context.absolutePath(path), stripsNewlines: stripsNewlines))
  }

  private mutating func addEncoded(_ value: String) {
    guard let mark = value.firstIndex(where: { $0 == "=" || $0 == "@" }) else {
      return data.append(.text(URLText.encoded(value)))
    }
    let name = String(value[..<mark])
    let content = String(value[value.index(after: mark)...])
    if value[mark] == "@" {
      data.append(.encodedFile(name: name.isEmpty ? nil : name, path: context.absolutePath(content)))
    } else {
      data.append(.text((name.isEmpty ? "" : name + "=") + URLText.encoded(content)))
    }
  }

  mutating func finish() -> CurlRequest? {
    guard let written = urls.first else { return nil }
    if urls.count > 1 { request.notUnderstood.append("several URLs") }
    if let option = waiting { request.notUnderstood.append("--\(option) without a value") }
    var url = written.contains("://") ? written : "http://" + written
    if !url.hasPrefix("http://") && !url.hasPrefix("https://") { request.notUnderstood.append(written) }
    if url.contains("["), !url.contains("://[") { request.notUnderstood.append("a URL pattern") }
    // What is sent means the same place as what is called.
    data = data.map { part in
      if case .text(let text) = part { .text(URLText.mappedInside(text, by: context.endpoints)) } else { part }
    }
    if dataIsQuery {
      let texts = data.compactMap { part in if case .text(let text) = part { text } else { nil } }
      if texts.count < data.count { request.notUnderstood.append("-G with a file") }
      if !texts.isEmpty { url += (url.contains("?") ? "&" : "?") + texts.joined(separator: "&") }
    } else if !data.isEmpty {
      request.body = data
    }
    if !query.isEmpty { url += (url.contains("?") ? "&" : "?") + query.joined(separator: "&") }
    request.setAddress(url, by: context.endpoints)
    request.method =
      method ?? (isHead ? "HEAD" : isUpload ? "PUT" : request.body == nil && !hasForm ? "GET" : "POST")
    noteRemoteName(of: url)
    noteProxy()
    if isHead { request.showsHead = true }
    if isJSON {
      if request.header("Content-Type") == nil { request.set("Content-Type", "application/json") }
      if request.header("Accept") == nil { request.set("Accept", "application/json") }
    } else if request.body != nil, !isUpload, request.header("Content-Type") == nil {
      request.set("Content-Type", "application/x-www-form-urlencoded")
    }
    noteLiteralSecrets()
    // `-H 'Name:'` takes a header away.
    request.headers.removeAll { $0.value.isEmpty }
    return request
  }

  /// The file of `-O` has the name that the URL ends with, as it stands there.
  private mutating func noteRemoteName(of url: String) {
    guard isNamedByURL || isNamedElsewhere && request.outputFile != nil else { return }
    let path = URLText.parts(of: url).path.prefix { !"?#".contains($0) }
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard !name.isEmpty, !isNamedElsewhere, request.outputFile == nil, !request.hidesBody else {
      if isNamedByURL { request.notUnderstood.append("--remote-name") }
      request.outputFile = nil
      return noteChange(by: isNamedByURL ? "remote-name" : "output")
    }
    request.outputFile = String(name)
  }

  private mutating func noteProxy() {
    let choice = CurlProxy.choice(
      for: request.url, option: request.proxyOption, exceptions: request.proxyExceptions, variables: context.variables)
    switch choice {
    case .direct: break
    case .notUnderstood(let why): request.notUnderstood.append(why)
    case .server:
      // Where a redirect leads may want another proxy, or none.
      if request.followsRedirects { request.notUnderstood.append("-L through a proxy") }
    }
  }

  private mutating func noteLiteralSecrets() {
    for header in request.headers where SecretHeader.isSecret(header.name) {
      if SecretHeader.isLiteral(header.value) { request.literalSecrets.append(header.name) }
    }
    if let option = request.proxyOption, let at = option.lastIndex(of: "@") {
      let user = option[..<at].split(separator: "/").last ?? ""
      if SecretHeader.hasLiteralPassword(String(user)) { request.literalSecrets.append("-x") }
    }
  }
}

enum SecretHeader {
  private static let names: Set<String> = ["authorization", "proxy-authorization", "cookie"]
  private static let parts = ["api-key", "apikey", "api_key", "token", "secret", "password"]

  static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return names.contains(name) || parts.contains { name.contains($0) }
  }

  /// A value that stands in the document itself: no token, no variable, no hole.
  static func isLiteral(_ value: String) -> Bool {
    let words = value.split(separator: " ")
    guard let last = words.last, !last.isEmpty else { return false }
    return !value.contains("⟦secret:") && !value.contains("$") && !value.contains("<")
  }

  /// Of `user:password`.
  static func hasLiteralPassword(_ credentials: String) -> Bool {
    // A token has a colon of its own.
    let plain = SecretToken.replace(in: credentials) { _ in "$" }
    guard let colon = plain.firstIndex(of: ":") else { return false }
    return isLiteral(String(plain[plain.index(after: colon)...]))
  }
}
