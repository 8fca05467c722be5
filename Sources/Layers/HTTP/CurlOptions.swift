/// Which of curl's options take a value, by its manual (`curl --help all`), and which of them a request needs.
enum CurlOptions {
  /// Understood, without a value.
  static let flags: [Character: String] = [
    "k": "insecure", "s": "silent", "S": "show-error", "f": "fail", "v": "verbose", "i": "include", "L": "location",
    "I": "head", "G": "get", "#": "progress-bar", "g": "globoff", "N": "no-buffer", "O": "remote-name",
  ]
  static let longFlags: Set<String> = Set(flags.values).union([
    "fail-with-body", "show-headers", "no-progress-meter", "http1.1", "compressed", "retry-connrefused",
    "retry-all-errors", "remote-name-all",
  ])

  /// Understood, with a value.
  static let valued: [Character: String] = [
    "X": "request", "H": "header", "d": "data", "u": "user", "o": "output", "m": "max-time", "b": "cookie",
    "A": "user-agent", "e": "referer", "w": "write-out", "x": "proxy",
  ]
  static let longValued: Set<String> = Set(valued.values).union([
    "data-raw", "data-binary", "data-ascii", "data-urlencode", "json", "url", "connect-timeout", "retry",
    "retry-delay", "retry-max-time", "noproxy",
  ])

  /// Only for curl, without a value.
  static let foreignFlags: [Character: String] = ["J": "remote-header-name", ":": "next"]

  /// Only for curl, with a value: its word is neither the URL nor an option.
  static let foreignValued: [Character: String] = [
    "E": "cert", "K": "config", "C": "continue-at", "c": "cookie-jar", "D": "dump-header", "F": "form",
    "P": "ftp-port", "U": "proxy-user", "Q": "quote", "r": "range", "Y": "speed-limit", "y": "speed-time",
    "t": "telnet-option", "z": "time-cond", "T": "upload-file", "h": "help",
  ]
  static let foreignLongValued: Set<String> = Set(foreignValued.values).subtracting(["help"]).union([
    "abstract-unix-socket", "alt-svc", "aws-sigv4", "cacert", "capath", "cert-type", "ciphers", "connect-to",
    "create-file-mode", "crlfile", "curves", "delegation", "dns-interface", "dns-ipv4-addr", "dns-ipv6-addr",
    "dns-servers", "doh-url", "ech", "egd-file", "engine", "etag-compare", "etag-save", "expect100-timeout",
    "form-string", "ftp-account", "ftp-alternative-to-user", "ftp-method", "ftp-ssl-ccc-mode",
    "happy-eyeballs-timeout-ms", "haproxy-clientip", "hostpubmd5", "hostpubsha256", "hsts", "interface", "ip-tos",
    "ipfs-gateway", "keepalive-cnt", "keepalive-time", "key", "key-type", "krb", "libcurl", "limit-rate",
    "local-port", "login-options", "mail-auth", "mail-from", "mail-rcpt", "max-filesize", "max-redirs", "netrc-file",
    "oauth2-bearer", "output-dir", "parallel-max", "pass", "pinnedpubkey", "preproxy", "proto", "proto-default",
    "proto-redir", "proxy-cacert", "proxy-capath", "proxy-cert", "proxy-cert-type", "proxy-ciphers", "proxy-crlfile",
    "proxy-header", "proxy-key", "proxy-key-type", "proxy-pass", "proxy-pinnedpubkey", "proxy-service-name",
    "proxy-tls13-ciphers", "proxy-tlsauthtype", "proxy-tlspassword", "proxy-tlsuser", "proxy1.0", "pubkey",
    "random-file", "rate", "request-target", "resolve", "sasl-authzid", "service-name", "sigalgs", "socks4",
    "socks4a", "socks5", "socks5-gssapi-service", "socks5-hostname", "stderr", "tftp-blksize", "tls-max",
    "tls13-ciphers", "tlsauthtype", "tlspassword", "tlsuser", "trace", "trace-ascii", "trace-config", "unix-socket",
    "url-query", "variable", "vlan-priority", "ssl-sessions",
  ])

  /// Of those with a value: it is a file that curl writes.
  static let writers: Set<String> = [
    "alt-svc", "cookie-jar", "dump-header", "etag-save", "hsts", "libcurl", "ssl-sessions", "stderr", "trace",
    "trace-ascii",
  ]

  /// Whether curl would write a file there.
  static func isFile(_ target: String) -> Bool {
    !["", "-", "/dev/null", "/dev/stdout", "/dev/stderr"].contains(target)
  }
}
