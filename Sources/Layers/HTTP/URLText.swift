import Foundation
import Runbook

/// URLs as text: they hold tokens and holes, which no URL type takes.
enum URLText {
  /// `https://host:1/a?b` as `https`, `host:1`, `/a?b`.
  static func parts(of url: String) -> (scheme: String, host: String, path: String) {
    guard let mark = url.range(of: "://") else { return ("", "", url) }
    let rest = url[mark.upperBound...]
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    var host = rest[..<end]
    // A password has no place in what is shown.
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    let path = String(rest[end...])
    return (String(url[..<mark.lowerBound]), String(host), path.isEmpty ? "/" : path)
  }

  /// Of `http://me:p%40w@h/x`: `me:p@w`, as it is sent, and `http://h/x`. Nil: nobody is named, or a hole stands there.
  static func user(in url: String) -> (credentials: String, rest: String)? {
    guard let mark = url.range(of: "://") else { return nil }
    let authority = url[mark.upperBound...].prefix { !"/?#".contains($0) }
    guard let at = authority.lastIndex(of: "@") else { return nil }
    let written = String(authority[..<at])
    guard !written.isEmpty, holes(in: written, braces: true).isEmpty else { return nil }
    // A token has a colon of its own.
    let hasPassword = SecretToken.replace(in: written) { _ in "" }.contains(":")
    let credentials = (written.removingPercentEncoding ?? written) + (hasPassword ? "" : ":")
    return (credentials, String(url[..<mark.upperBound]) + url[url.index(after: at)...])
  }

  /// Whether it names this machine by a loopback address.
  static func isLoopback(_ url: String) -> Bool {
    let host = CurlProxy.parted(parts(of: url).host).host.lowercased()
    return ["localhost", "::1", "0.0.0.0"].contains(host) || host.hasSuffix(".localhost") || host.hasPrefix("127.")
  }

  /// `url` with the longest prefix in `endpoints` replaced, where the prefix ends at a boundary of host or path.
  static func mapped(_ url: String, by endpoints: [String: String]) -> String {
    var best: (length: Int, result: String)?
    for (prefix, target) in endpoints {
      let whole =
        prefix.contains("://") ? prefix : (url.components(separatedBy: "://").first ?? "http") + "://" + prefix
      let trimmed = whole.hasSuffix("/") ? String(whole.dropLast()) : whole
      guard let rest = rest(of: url, after: trimmed) else { continue }
      guard rest.isEmpty || "/?#".contains(rest.first ?? "/") else { continue }
      if trimmed.count > best?.length ?? -1 {
        best = (trimmed.count, (target.hasSuffix("/") ? String(target.dropLast()) : target) + rest)
      }
    }
    guard let best else { return url }
    return best.result.contains("://") ? best.result : "http://" + best.result
  }

  /// `text` with each URL in it mapped as `mapped` does: it begins with a scheme that `endpoints` have and ends at a
  /// quote, a space or a bracket.
  static func mappedInside(_ text: String, by endpoints: [String: String]) -> String {
    let schemes = Set(endpoints.keys.filter { $0.contains("://") }.map { parts(of: $0).scheme + "://" })
    if schemes.isEmpty { return text }
    var result = ""
    var rest = text[...]
    while let start = schemes.compactMap({ scheme in rest.range(of: scheme)?.lowerBound }).min() {
      let end = rest[start...].firstIndex { $0.isWhitespace || "\"'<>`,;)]}\\&".contains($0) } ?? rest.endIndex
      result += rest[..<start] + mapped(String(rest[start..<end]), by: endpoints)
      rest = rest[end...]
    }
    return result + rest
  }

  /// Scheme and host compare without case, paths with.
  private static func rest(of url: String, after prefix: String) -> String? {
    guard url.count >= prefix.count else { return nil }
    let head = String(url.prefix(prefix.count))
    let (scheme, host, path) = parts(of: head)
    let wanted = parts(of: prefix)
    guard scheme.lowercased() == wanted.scheme.lowercased(), host.lowercased() == wanted.host.lowercased(),
      path == wanted.path
    else { return nil }
    return String(url.dropFirst(prefix.count))
  }

  /// Percent-encoded as curl does it.
  static func encoded(_ text: String) -> String {
    let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
  }

  /// Holes that nobody filled: `{webhook_id}`, `<id>`, `YOUR-…` is left to the reader.
  static func holes(in text: String, braces: Bool) -> [String] {
    var holes: [String] = []
    for (open, close) in [("<", ">")] + (braces ? [("{", "}")] : []) {
      var rest = text[...]
      while let start = rest.firstIndex(of: Character(open)) {
        rest = rest[rest.index(after: start)...]
        guard let end = rest.firstIndex(of: Character(close)) else { break }
        let name = rest[..<end]
        if !name.isEmpty, name.count <= 60, !name.contains(where: { $0.isNewline || $0 == "⟦" }) {
          holes.append(open + name + close)
        }
        rest = rest[rest.index(after: end)...]
      }
    }
    return holes
  }
}
