import Foundation
import Runbook

/// A small real HTTP API on a free loopback port, for tests: a Python process that is ended by its id.
///
/// Resources lie in `resources.json` of its folder (path → object), read at every request, so a test may change them.
/// PUT merges the top level, or replaces the whole resource under `/whole/`; PATCH is a merge patch; POST makes
/// `PATH/new`; DELETE removes. The header `x-key` must be `sesame`. The field `secret` is shown masked, `id` is
/// read-only. `/status/503` answers 503; `/slow` never answers; `/redirect` points at `/status/200`.
public struct TestHTTPServer: Sendable {
  private let server: TestScriptServer
  public var folder: URL { server.folder }
  public var port: Int { server.port }
  public var processIdentifier: Int32 { server.processIdentifier }
  public var base: String { server.base }

  /// Starts one for the time of `body`.
  public static func run<Result: Sendable>(
    _ resources: JSONValue = .object([:]), _ body: (TestHTTPServer) async throws -> Result
  ) async throws -> Result {
    let server = try await start(resources)
    defer { server.stop() }
    return try await body(server)
  }

  static func start(_ resources: JSONValue) async throws -> TestHTTPServer {
    TestHTTPServer(
      server: try await TestScriptServer.start(script) { folder in
        try CanonicalJSON.data(of: resources).write(to: folder.appendingPathComponent("resources.json"))
      })
  }

  public func stop() { server.stop() }

  public func resources() throws -> JSONValue {
    try JSONDecoder().decode(
      JSONValue.self, from: Data(contentsOf: folder.appendingPathComponent("resources.json")))
  }

  public func resource(_ path: String) throws -> JSONValue? { try resources()[path] }

  /// Changes a resource behind the API's back; nil removes it.
  public func set(_ path: String, _ value: JSONValue?) throws {
    var members = try resources().objectValue ?? [:]
    members[path] = value
    try CanonicalJSON.data(of: JSONValue.object(members)).write(
      to: folder.appendingPathComponent("resources.json"), options: .atomic)
  }

  /// `METHOD PATH BODY` of each request that came, in order.
  public func requests() throws -> [String] { try server.requests() }

  private static let script = #"""
    def load():
        with open(folder + "/resources.json") as file: return json.load(file)

    def store(value):
        with open(folder + "/resources.new", "w") as file: json.dump(value, file)
        os.replace(folder + "/resources.new", folder + "/resources.json")

    def merge(target, patch):
        for key, value in patch.items():
            if value is None: target.pop(key, None)
            elif isinstance(value, dict) and isinstance(target.get(key), dict): merge(target[key], value)
            else: target[key] = value

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path
            with lock, open(folder + "/requests", "a") as file:
                file.write("%s %s %s\n" % (self.command, path, body.decode("utf-8", "replace").replace("\n", " ")))
            if path == "/slow": time.sleep(30); return
            if path.startswith("/status/"): return self.reply(int(path[8:]), {"status": path[8:]})
            if path == "/redirect": return self.reply(302, {}, {"Location": "/status/200"})
            if path == "/echo": return self.reply(200, {"headers": {k.lower(): v for k, v in self.headers.items()}, "body": body.decode()})
            if self.headers.get("x-key") != "sesame": return self.reply(401, {"detail": "invalid key"})
            with lock: self.reply(*self.change(path, body))
        def change(self, path, body):
            all = load()
            name = path.split("?")[0]
            now = all.get(name)
            if self.command == "POST":
                if name.endswith("/closed"): return 405, {"detail": "not allowed"}
                all[name + "/new"] = json.loads(body); store(all)
                return 201, {"made": name + "/new"}
            if now is None and not (self.command == "PUT" and name.startswith("/made/")): return 404, {"detail": "not found"}
            if self.command in ("PUT", "PATCH"):
                fields = json.loads(body)
                if "id" in fields: return 400, {"detail": "id is read-only"}
                if name.startswith("/whole/"): all[name] = fields
                elif name.startswith("/made/"): all[name] = fields
                elif self.command == "PATCH": merge(now, fields)
                else: now.update(fields)
                if not name.startswith("/made/"): all[name]["updated_at"] = time.time()
                store(all)
                return 200, self.shown(all[name])
            if self.command == "DELETE":
                del all[name]; store(all); return 204, None
            return 200, self.shown(now)
        def shown(self, value):
            return value | {"secret": "••••"} if isinstance(value, dict) and "secret" in value else value
        def reply(self, status, value, headers={}):
            data = b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            for key in headers: self.send_header(key, headers[key])
            if status != 204: self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD": self.wfile.write(data)
        def log_message(self, *values): pass
        do_GET = do_HEAD = do_PUT = do_PATCH = do_POST = do_DELETE = do_OPTIONS = handle_any
    """#
}
