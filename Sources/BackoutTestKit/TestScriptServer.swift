import Foundation

/// A server of a test, in Python: a script that listens on a free loopback port, writes it to `port` in its folder, and
/// is ended by its process id.
public struct TestScriptServer: Sendable {
  public struct NotStarted: Error {}
  public let folder: URL
  public let port: Int
  public let processIdentifier: Int32
  public var base: String { "http://127.0.0.1:\(port)" }

  /// - Parameters:
  ///   - script: defines `Handler`, a `BaseHTTPRequestHandler`, with `folder` and `arguments` in sight.
  ///   - prepare: fills the folder before the start.
  public static func start(
    _ script: String, arguments: [String] = [], prepare: (URL) throws -> Void = { _ in }
  ) async throws -> TestScriptServer {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("backout-http-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try prepare(folder)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", head + script + tail, folder.path] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<200 {
      if let text = try? String(contentsOf: folder.appendingPathComponent("port"), encoding: .utf8),
        let port = Int(text)
      {
        return TestScriptServer(folder: folder, port: port, processIdentifier: process.processIdentifier)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    kill(process.processIdentifier, SIGKILL)
    throw NotStarted()
  }

  public func stop() {
    kill(processIdentifier, SIGKILL)
    try? FileManager.default.removeItem(at: folder)
  }

  /// The lines of `requests`, where the script writes what comes.
  public func requests() throws -> [String] {
    let text = (try? String(contentsOf: folder.appendingPathComponent("requests"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  private static let head = """
    import base64, http.client, json, os, sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    folder, arguments = sys.argv[1], sys.argv[2:]
    lock = threading.Lock()

    """

  private static let tail = """

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    parent = os.getppid()
    def watch():
        while os.getppid() == parent: time.sleep(1)
        os._exit(0)
    threading.Thread(target=watch, daemon=True).start()
    with open(folder + "/port.new", "w") as file: file.write(str(server.server_address[1]))
    os.replace(folder + "/port.new", folder + "/port")
    server.serve_forever()
    """
}

/// A small real HTTP proxy: it passes each plain request on to one server, whatever host it names, and refuses tunnels.
public struct TestHTTPProxy: Sendable {
  private let server: TestScriptServer
  public var port: Int { server.port }

  /// - Parameters:
  ///   - port: of the one server, on loopback.
  ///   - credentials: `user:password` that it asks for; empty: nobody's.
  public static func run<Result: Sendable>(
    to port: Int, credentials: String = "", _ body: (TestHTTPProxy) async throws -> Result
  ) async throws -> Result {
    let server = try await TestScriptServer.start(script, arguments: ["127.0.0.1:\(port)", credentials])
    defer { server.stop() }
    return try await body(TestHTTPProxy(server: server))
  }

  /// `METHOD TARGET` of each request that came, in order.
  public func requests() throws -> [String] { try server.requests() }

  private static let script = """
    upstream, credentials = arguments
    expected = "Basic " + base64.b64encode(credentials.encode()).decode()
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock, open(folder + "/requests", "a") as file: file.write("%s %s\\n" % (self.command, self.path))
            if credentials and self.headers.get("Proxy-Authorization") != expected: return self.reply(407)
            if not self.path.startswith("http://"): return self.reply(403)
            host, _, path = self.path[7:].partition("/")
            if self.headers.get("Host") != host: return self.reply(400)
            own = ("proxy-authorization", "connection", "content-length")
            headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
            connection = http.client.HTTPConnection(upstream, timeout=20)
            connection.request(self.command, "/" + path, body or None, headers)
            answer = connection.getresponse()
            self.reply(answer.status, answer.read(), answer.getheader("Content-Type"))
        def reply(self, status, data=b"", kind=None):
            self.send_response(status)
            if kind: self.send_header("Content-Type", kind)
            if status != 204: self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD": self.wfile.write(data)
        def log_message(self, *values): pass
        do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = do_OPTIONS = do_CONNECT = handle_any
    """
}
