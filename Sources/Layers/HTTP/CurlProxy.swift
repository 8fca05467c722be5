import Foundation

/// The proxy that curl sends a request through.
struct CurlProxy: Hashable, Sendable {
  var host: String
  var port: Int
  /// `user:password`, as the proxy is told.
  var credentials: String?

  enum Choice: Hashable, Sendable {
    case direct
    case server(CurlProxy)
    /// Only for curl: why.
    case notUnderstood(String)
  }

  /// `host:port`, an address of IPv6 in brackets.
  var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

  /// What curl's manual says under `--proxy`, `--noproxy` and ENVIRONMENT: the option wins, and `http_proxy` counts in
  /// lower case only. Other than to curl, this machine's own addresses need no `no_proxy`: to a proxy they are its own.
  ///
  /// - Parameters:
  ///   - option: of `-x`; empty: none.
  ///   - exceptions: of `--noproxy`.
  static func choice(
    for url: String, option: String?, exceptions: String?, variables: [String: String]
  ) -> Choice {
    func variable(_ names: [String]) -> String? { names.compactMap { variables[$0] }.first { !$0.isEmpty } }
    let parts = URLText.parts(of: url)
    let host = Self.parted(parts.host).host
    if option == nil, URLText.isLoopback(url) { return .direct }
    if isExcepted(host, by: exceptions ?? variable(["no_proxy", "NO_PROXY"]) ?? "") { return .direct }
    let own = parts.scheme.lowercased() == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
    guard let text = option ?? variable(own + ["all_proxy", "ALL_PROXY"]), !text.isEmpty else { return .direct }
    return read(text)
  }

  private static func read(_ text: String) -> Choice {
    let mark = text.range(of: "://")
    let scheme = mark.map { text[..<$0.lowerBound].lowercased() } ?? "http"
    guard scheme == "http" else { return .notUnderstood("a proxy by \(scheme)") }
    var rest = mark.map { text[$0.upperBound...] } ?? text[...]
    rest = rest.prefix { !"/?#".contains($0) }
    var credentials: String?
    if let at = rest.lastIndex(of: "@") {
      let written = String(rest[..<at])
      credentials = written.removingPercentEncoding ?? written
      if !written.contains(":") { credentials?.append(":") }
      rest = rest[rest.index(after: at)...]
    }
    let (host, port) = parted(String(rest))
    // 1080 is what curl takes where no port is named.
    guard !host.isEmpty, let number = port.isEmpty ? 1080 : Int(port), (1...65535).contains(number) else {
      return .notUnderstood("the proxy's address")
    }
    return .server(CurlProxy(host: host, port: number, credentials: credentials))
  }

  /// `[::1]:80` as `::1`, `80`; no port: an empty one.
  static func parted(_ authority: String) -> (host: String, port: String) {
    if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
      let host = String(authority[authority.index(after: authority.startIndex)..<close])
      return (host, String(authority[authority.index(after: close)...].drop { $0 == ":" }))
    }
    guard let colon = authority.lastIndex(of: ":") else { return (authority, "") }
    return (String(authority[..<colon]), String(authority[authority.index(after: colon)...]))
  }

  // MARK: Exceptions

  /// `*` is every host; else names, whose ends count from a dot on, addresses, and networks such as `10.0.0.0/8`.
  static func isExcepted(_ host: String, by list: String) -> Bool {
    if list == "*" { return true }
    let name = trimmed(host.lowercased()[...])
    guard !name.isEmpty else { return false }
    let address = bytes(of: name)
    return list.lowercased().split(whereSeparator: { $0 == "," || $0.isWhitespace }).contains { entry in
      if let address { return contains(address, String(entry)) || entry == name }
      let end = trimmed(entry.hasPrefix(".") ? entry.dropFirst() : entry)
      return !end.isEmpty && (name == end || name.hasSuffix("." + end))
    }
  }

  private static func trimmed(_ name: Substring) -> String { String(name.hasSuffix(".") ? name.dropLast() : name) }

  /// Whether the network, or the address, is or holds `address`.
  private static func contains(_ address: [UInt8], _ entry: String) -> Bool {
    let parts = entry.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let plain = parts.first.map { $0.hasPrefix("[") ? String($0.dropFirst().prefix { $0 != "]" }) : $0 } ?? ""
    guard let network = bytes(of: plain), network.count == address.count else { return false }
    guard parts.count > 1 else { return network == address }
    guard parts.count == 2, let bits = Int(parts[1]), (0...address.count * 8).contains(bits) else { return false }
    return (0..<bits).allSatisfy { bit in
      let mask = UInt8(0x80) >> UInt8(bit % 8)
      return network[bit / 8] & mask == address[bit / 8] & mask
    }
  }

  /// Of a numeric address; nil: it is a name.
  private static func bytes(of text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
