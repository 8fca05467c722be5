import Layer
import Runbook
import Testing

@testable import HTTPLayer

@Suite struct CurlRequestTests {
  private func read(_ words: String..., context: ReadingContext = ReadingContext(directory: "/srv")) -> CurlRequest? {
    read(words, context: context)
  }

  private func read(_ words: [String], context: ReadingContext = ReadingContext(directory: "/srv")) -> CurlRequest? {
    CurlRequest(ParsedCommand(literal: ["curl"] + words), in: context)
  }

  @Test func readsThePutOfARunbook() throws {
    let request = try #require(
      read(
        "-X", "PUT", "https://api.test/v1/webhooks/wh_2f1", "-H", "Content-Type: application/json", "-d", #"{"a":1}"#))
    #expect(request.method == "PUT")
    #expect(request.url == "https://api.test/v1/webhooks/wh_2f1")
    #expect(request.headers == [.init(name: "Content-Type", value: "application/json")])
    #expect(request.body == [.text(#"{"a":1}"#)])
    #expect(request.isWhole)
  }

  @Test func endpointsAreMappedInTheBodyToo() throws {
    let context = ReadingContext(
      directory: "/srv",
      endpoints: ["https://your-domain.com": "http://127.0.0.1:8001", "https://api.test": "http://127.0.0.1:9011/"])
    let body =
      #"{"url": "https://your-domain.com/hooks?a=1", "also": ["https://your-domain.com"], "not": "https://your-domain.community/x", "nor": "http://your-domain.com", "payload": "{{x}}"}"#
    let request = try #require(read("-X", "PUT", "https://api.test/v1", "-d", body, context: context))
    #expect(request.url == "http://127.0.0.1:9011/v1")
    #expect(
      request.body == [
        .text(
          #"{"url": "http://127.0.0.1:8001/hooks?a=1", "also": ["http://127.0.0.1:8001"], "not": "https://your-domain.community/x", "nor": "http://your-domain.com", "payload": "{{x}}"}"#
        )
      ])
    let plain = try #require(read("https://api.test/x", "-d", "to=https://your-domain.com&b=2", context: context))
    #expect(plain.body == [.text("to=http://127.0.0.1:8001&b=2")])
  }

  @Test func combinesShortFlags() throws {
    let request = try #require(
      read("-sSfL", "-XDELETE", "-m5", "-o/dev/null", "-w", "%{http_code}", "localhost:8000/x"))
    #expect(request.method == "DELETE")
    #expect(request.url == "http://localhost:8000/x")
    #expect(request.followsRedirects)
    #expect(request.maximumTime == 5)
    #expect(request.hidesBody)
    #expect(request.isWhole)
  }

  @Test func dataMakesAPost() throws {
    let request = try #require(read("http://h/x", "-d", "a=1", "--data-urlencode", "b=c d"))
    #expect(request.method == "POST")
    #expect(request.body == [.text("a=1"), .text("b=c%20d")])
    #expect(request.header("content-type") == "application/x-www-form-urlencoded")
  }

  @Test func jsonSetsItsHeaders() throws {
    let request = try #require(read("--json", "{}", "http://h/x"))
    #expect(request.method == "POST")
    #expect(request.header("Content-Type") == "application/json")
    #expect(request.header("Accept") == "application/json")
  }

  @Test func getPutsDataIntoTheQuery() throws {
    let request = try #require(read("-G", "http://h/x?z=0", "-d", "a=1", "-d", "b=2"))
    #expect(request.method == "GET")
    #expect(request.url == "http://h/x?z=0&a=1&b=2")
    #expect(request.body == nil)
  }

  @Test func headIsHead() throws {
    #expect(try #require(read("-I", "http://h/x")).method == "HEAD")
  }

  @Test(arguments: [
    ["--proxy", "socks5://p:1", "http://h/x"], ["--preproxy", "p:1", "http://h/x"], ["-U", "a:b", "http://h/x"],
    ["-4", "http://h/x"], ["--tlsv1.2", "http://h/x"], ["-F", "a=b", "http://h/x"], ["-x", "p:1", "-L", "http://h/x"],
    ["-T", "file", "http://h/x"], ["-u", "me", "http://h/x"], ["http://h/a", "http://h/b"],
    ["ftp://h/x"], ["-b", "jar", "http://h/x"], ["-d", "@-", "http://h/x"], ["-w", "%{time_total}", "http://h/x"],
    ["http://h/[1-3]"],
  ])
  func saysWhatOnlyCurlUnderstands(_ words: [String]) throws {
    let request = try #require(
      CurlRequest(ParsedCommand(literal: ["curl"] + words), in: ReadingContext(directory: "/")))
    #expect(!request.notUnderstood.isEmpty)
  }

  @Test(arguments: [
    ["--cacert", "ca.pem"], ["--capath", "certs"], ["--cert", "me.pem:pw"], ["-E", "me.pem"], ["--key", "me.key"],
    ["--resolve", "h:80:127.0.0.1"], ["--connect-to", "h:80:g:81"], ["--ciphers", "A:B"], ["--interface", "eth0"],
    ["--limit-rate", "1M"], ["--max-redirs", "3"], ["-c", "jar"], ["--cookie-jar", "jar"], ["--netrc-file", "n"],
    ["-K", "curl.conf"], ["--unix-socket", "/run/x.sock"], ["--proxy-user", "a:b"], ["-U", "a:b"], ["-D", "head"],
    ["--dump-header", "head"], ["-r", "0-9"], ["--tls-max", "1.2"], ["--stderr", "log"], ["--trace-ascii", "log"],
    ["--preproxy", "socks5://p:1"], ["--tlsv1.3"], ["-4"], ["-46s"], ["--http2"], ["-n"], ["--request-target", "/y"],
  ])
  func anOptionThatOnlyCurlHasDoesNotHideTheRequest(_ option: [String]) throws {
    let rest = ["-X", "PUT", "-d", #"{"a":1}"#, "https://h.test/v1/x"]
    for words in [option + rest, rest + option] {
      let request = try #require(
        CurlRequest(ParsedCommand(literal: ["curl"] + words), in: ReadingContext(directory: "/srv")))
      #expect(request.method == "PUT" && request.url == "https://h.test/v1/x", "\(words)")
      #expect(request.body == [.text(#"{"a":1}"#)] && !request.notUnderstood.isEmpty, "\(words)")
    }
  }

  @Test(arguments: [
    ["--retry", "3"], ["--retry-delay", "2"], ["--retry-max-time", "9"], ["--connect-timeout", "2"], ["-x", "p:3128"],
    ["--proxy", "http://p:3128"], ["--noproxy", "*"], ["-xp:3128"],
  ])
  func theseAreUnderstood(_ option: [String]) throws {
    let request = try #require(
      CurlRequest(
        ParsedCommand(literal: ["curl"] + option + ["-X", "PUT", "http://h/x", "-d", "a=1"]),
        in: ReadingContext(directory: "/srv")))
    #expect(request.isWhole && request.url == "http://h/x" && request.method == "PUT")
  }

  @Test(
    arguments: [
      (["-LO", "http://h/files/tool.tgz"], "tool.tgz"), (["-sSO", "https://h/a%20b.txt?v=1/2#x"], "a%20b.txt"),
      (["--remote-name", "h/x"], "x"), (["--remote-name-all", "http://h/x"], "x"), (["-o", "y", "http://h/x"], "y"),
      (["-o", "-", "http://h/x"], nil), (["-o", "/dev/null", "http://h/x"], nil), (["http://h/x"], nil),
    ] as [([String], String?)])
  func theFileOfTheAnswer(_ words: [String], _ file: String?) throws {
    let request = try #require(read(words))
    #expect(request.outputFile == file && request.isWhole && request.onlyLooks == (file == nil))
  }

  @Test(arguments: [
    ["-D", "head.txt"], ["-c", "jar"], ["--trace", "log"], ["--trace-ascii", "log"], ["--stderr", "log"],
    ["--etag-save", "tag"], ["--hsts", "cache"], ["--alt-svc", "cache"], ["--libcurl", "a.c"], ["-K", "curl.conf"],
    ["-K", "-"], ["-Q", "DELE x"], ["-OJ"], ["-O", "--output-dir", "d"], ["-o", "f", "--output-dir", "d"],
    ["-O", "-o", "f"], ["--next", "http://h/b"], ["-:", "http://h/b"],
  ])
  func anOptionThatWritesIsNoLook(_ option: [String]) throws {
    let request = try #require(read(["http://h/a"] + option))
    #expect(request.method == "GET" && request.url == "http://h/a" && request.outputFile == nil)
    #expect(!request.onlyLooks && request.changesBy != nil && !request.notUnderstood.isEmpty)
  }

  @Test(arguments: [
    ["-D", "/dev/null"], ["-D", "-"], ["-c", "/dev/null"], ["--stderr", "-"], ["--hsts", ""], ["-K", "/dev/null"],
    ["-J"], ["--cacert", "ca.pem"],
  ])
  func whereNoFileIsWrittenItOnlyLooks(_ option: [String]) throws {
    #expect(try #require(read(["http://h/a"] + option)).onlyLooks)
  }

  @Test func whatStandsAfterNextIsAnotherRequest() throws {
    let request = try #require(read("http://h/a", "--next", "-X", "DELETE", "http://h/b"))
    #expect(request.method == "GET" && request.url == "http://h/a" && request.changesBy == "--next")
    #expect(try #require(read("http://h/", "-O")).changesBy == "--remote-name")
  }

  @Test func whatOnlyCurlSendsHasItsMethod() throws {
    #expect(try #require(read("-F", "file=@x", "http://h/x")).method == "POST")
    let upload = try #require(read("-T", "conf.json", "http://h/x"))
    #expect(upload.method == "PUT")
    #expect(upload.body == [.file(path: "/srv/conf.json", stripsNewlines: false)])
    #expect(try #require(read("--url-query", "b=2", "http://h/x?a=1")).url == "http://h/x?a=1&b=2")
  }

  @Test func mapsTheLongestPrefixAtABoundary() throws {
    let endpoints = [
      "https://api.test": "http://127.0.0.1:1", "https://api.test/v2": "http://127.0.0.1:2/two",
      "other.test": "http://127.0.0.1:3",
    ]
    #expect(URLText.mapped("https://api.test/v1/x", by: endpoints) == "http://127.0.0.1:1/v1/x")
    #expect(URLText.mapped("https://API.test/v2/x?y", by: endpoints) == "http://127.0.0.1:2/two/x?y")
    #expect(URLText.mapped("https://api.test/v20/x", by: endpoints) == "http://127.0.0.1:1/v20/x")
    #expect(URLText.mapped("https://api.test.evil.com/x", by: endpoints) == "https://api.test.evil.com/x")
    #expect(URLText.mapped("https://api.test:8443/x", by: endpoints) == "https://api.test:8443/x")
    #expect(URLText.mapped("https://other.test", by: endpoints) == "http://127.0.0.1:3")
    #expect(URLText.mapped("https://api.test?x=1", by: endpoints) == "http://127.0.0.1:1?x=1")
  }

  @Test func variablesAreFilledIn() throws {
    let context = ReadingContext(directory: "/srv", variables: ["HOST": "h", "KEY": "a b"])
    let command = ParsedCommand(words: [
      Word(literal: "curl"), Word(text: #""http://$HOST/x?a=1""#, value: nil, variables: ["HOST"]),
      Word(literal: "-H"), Word(text: #""X-Key: ${KEY}""#, value: nil, variables: ["KEY"]),
    ])
    let request = try #require(CurlRequest(command, in: context))
    #expect(request.url == "http://h/x?a=1")
    #expect(request.headers == [.init(name: "X-Key", value: "a b")])
    let unset = try #require(CurlRequest(command, in: ReadingContext(directory: "/srv", variables: ["HOST": "h"])))
    #expect(unset.missing == ["KEY"])
    #expect(!unset.isWhole)
  }

  @Test func aQuestionMarkIsNoPattern() throws {
    let command = ParsedCommand(words: [
      Word(literal: "curl"), Word(text: "http://h/x?a=1", value: nil, hasGlob: true),
    ])
    #expect(try #require(CurlRequest(command, in: ReadingContext(directory: "/"))).url == "http://h/x?a=1")
  }

  @Test(
    arguments: [
      ("http://me:p%40w@h/x", "me:p@w", ["the URL"]), ("https://me@h/x?a=@b", "me:", []),
      ("me:pw@h/x", "me:pw", ["the URL"]),
      ("http://me:⟦secret:PW⟧@h/x", "me:⟦secret:PW⟧", []), ("http://⟦secret:TOKEN⟧@h/x", "⟦secret:TOKEN⟧:", []),
    ] as [(String, String, [String])])
  func whoIsNamedInTheURLIsSent(_ url: String, _ credentials: String, _ literal: [String]) throws {
    let request = try #require(read(url))
    #expect(request.credentials == credentials && request.literalSecrets == literal)
    #expect(URLText.parts(of: request.url).host == "h" && !request.url.contains("@h") && request.isWhole)
  }

  @Test func theOptionWinsOverTheURL() throws {
    let context = ReadingContext(directory: "/srv", endpoints: ["http://h": "http://127.0.0.1:1"])
    let request = try #require(read("-u", "you:⟦secret:PW⟧", "http://me:pw@h/x", context: context))
    #expect(request.credentials == "you:⟦secret:PW⟧" && request.literalSecrets == ["the URL"])
    #expect(request.url == "http://127.0.0.1:1/x" && request.unmapped == "http://h/x")
    let hole = try #require(read("http://me:<password>@h/x"))
    #expect(hole.holes == ["<password>"] && hole.credentials == nil)
  }

  @Test func findsSecretsInTheDocument() throws {
    #expect(try #require(read("http://h", "-H", "Authorization: Bearer abc")).literalSecrets == ["Authorization"])
    #expect(try #require(read("http://h", "-u", "me:pw")).literalSecrets == ["-u"])
    #expect(try #require(read("http://h", "-u", "⟦secret:BOTH⟧")).literalSecrets.isEmpty)
    #expect(try #require(read("http://h", "-x", "http://me:pw@p:1")).literalSecrets == ["-x"])
    #expect(try #require(read("http://h", "-x", "http://me:⟦secret:PW⟧@p:1")).literalSecrets.isEmpty)
    #expect(try #require(read("http://h", "-H", "xi-api-key: ⟦secret:KEY⟧")).literalSecrets.isEmpty)
    #expect(try #require(read("http://h", "-H", "X-API-Key: <key>")).literalSecrets.isEmpty)
  }
}
