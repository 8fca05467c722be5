import Foundation
import Layer
import Runbook

/// A PostgreSQL of the tests' own: loopback, a free port, passwords, never run by root. One serves the whole test
/// process; each test has a database of its own. A guardian ends it, by its process id, when the process has ended.
public struct TestPostgres: Sendable {
  public let port: Int
  public let password: String
  /// Where its data lie.
  public let directory: String

  public struct NotStarted: Error, CustomStringConvertible {
    public var description: String
  }

  /// Whether the server's programs are here; else such tests are skipped.
  public static let isAvailable = programs != nil

  private static let start = Task { try await TestPostgres() }
  public static var shared: TestPostgres { get async throws { try await start.value } }

  private static let programs: String? = {
    let manager = FileManager.default
    let versions = (try? manager.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    let folders =
      versions.sorted().reversed().map { "/usr/lib/postgresql/\($0)/bin" }
      + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return folders.first { manager.isExecutableFile(atPath: $0 + "/initdb") }
  }()

  private init() async throws {
    guard let programs = Self.programs else { throw NotStarted(description: "PostgreSQL's programs are not here") }
    directory =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("backout-postgres-\(UUID().uuidString.prefix(8))").path
    password = "pw-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let guardian = Process()
    guardian.executableURL = URL(fileURLWithPath: "/bin/bash")
    guardian.arguments = [
      "-c", Self.script, "guardian", directory, programs, password, String(ProcessInfo.processInfo.processIdentifier),
    ]
    guardian.standardInput = FileHandle.nullDevice
    guardian.standardOutput = FileHandle.nullDevice
    guardian.standardError = FileHandle.nullDevice
    try guardian.run()
    for _ in 0..<600 {
      if let text = try? String(contentsOfFile: directory + "/port", encoding: .utf8),
        let port = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
      {
        self.port = port
        return
      }
      guard guardian.isRunning else { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    let log = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
    throw NotStarted(description: "PostgreSQL did not start: \(log.suffix(2000))")
  }

  private static let script = #"""
    set -u
    dir=$1 bin=$2 password=$3 parent=$4
    as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
    printf '%s\n' "$password" > "$dir/password"
    chmod 755 "$dir"
    mkdir "$dir/pg"
    if [ "$(id -u)" = 0 ]; then chown postgres "$dir/pg" "$dir/password"; fi
    cd /
    as_postgres "$bin/initdb" -D "$dir/pg/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" -E UTF8 \
      --locale=C --no-sync --no-instructions > "$dir/log" 2>&1 || exit 1
    rm -f "$dir/password"
    cat >> "$dir/pg/data/postgresql.conf" <<EOF
    listen_addresses = '127.0.0.1'
    unix_socket_directories = ''
    max_connections = 100
    shared_buffers = '32MB'
    timezone = 'UTC'
    fsync = on
    EOF
    port=
    for turn in 1 2 3 4 5 6 7 8; do
      try=$((20000 + (RANDOM * 32768 + RANDOM) % 30000))
      if as_postgres "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/log" -o "-p $try" -w -t 30 start >> "$dir/log" 2>&1
      then port=$try; break; fi
    done
    [ -n "$port" ] || exit 1
    pid=$(head -n 1 "$dir/pg/data/postmaster.pid")
    echo "$port" > "$dir/port.new" && mv "$dir/port.new" "$dir/port"
    while kill -0 "$parent" 2>/dev/null; do sleep 0.5; done
    kill -INT "$pid" 2>/dev/null
    for turn in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    rm -rf "$dir"
    """#

  /// A new database, with `sql` run in it by its superuser.
  public func database(_ sql: String = "") async throws -> TestDatabase {
    let name = "t_" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased().prefix(16)
    let admin = TestDatabase(server: self, name: "postgres")
    try await admin.run("CREATE DATABASE \(name)")
    let database = TestDatabase(server: self, name: String(name))
    if !sql.isEmpty { try await database.run(sql) }
    return database
  }
}

/// One database of `TestPostgres`, looked at by psql: by other means than the driver's.
public struct TestDatabase: Sendable {
  public let server: TestPostgres
  public let name: String
  public var user = "postgres"

  public var url: String { "postgresql://\(user):\(server.password)@127.0.0.1:\(server.port)/\(name)" }

  /// Runs `sql` with psql; what it prints, unaligned and trimmed. Throws where psql fails.
  @discardableResult
  public func run(_ sql: String) async throws -> String {
    let result = try await ProcessRunner().run(
      CommandRequest(
        words: ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"], directory: "/",
        variables: ["LANG": "C"], input: Data(sql.utf8)))
    guard result.status == 0 else { throw TestPostgres.NotStarted(description: "\(sql): \(result.errorText)") }
    return result.trimmed
  }
}
