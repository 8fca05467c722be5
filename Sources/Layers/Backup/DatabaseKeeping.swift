import Foundation
import Layer
import Runbook

/// Keeps whole databases as dumps, and plays them back into a database of any name.
///
/// A template clone would be faster, but lies in the server, in the clear, with nobody to remove it, and is lost with
/// the server; a dump is encrypted, counted against `keep.max`, and goes with the retention of before-images.
struct DatabaseKeeping {
  let server: DatabaseServer
  let images: any ImageStore

  /// One database that is kept.
  struct Kept: Codable, Hashable, Sendable {
    var name: String
    var dump: BlobReference
    /// Its owner, encoding, settings and rights, as SQL for a database `:"db"`.
    var properties: BlobReference
  }

  /// Throws `DatabaseFailure` where it cannot be kept whole.
  func keep(_ name: String) async throws -> Kept {
    let properties = "properties \(name)"
    let known: BlobReference
    if let kept = try await images.kept(properties) {
      known = kept
    } else {
      known = try await images.save(properties, data: Data(try await server.ask(Self.properties, of: name).utf8))
    }
    return Kept(name: name, dump: try await dump(name), properties: known)
  }

  /// Seconds. A step's time limit is for what the runbook says; a whole database takes as long as it takes.
  private static let patience = 6 * 3600

  private static let end = Data("BACKOUT-WHOLE".utf8)

  private func dump(_ name: String) async throws -> BlobReference {
    let blob = "database \(name)"
    if let kept = try await images.kept(blob) { return kept }
    // pg_dump says only by its status whether it is whole, and that comes after the bytes: the shell says it in them.
    let words =
      ["sh", "-c", "\"$@\" && printf BACKOUT-WHOLE", "sh", "pg_dump", "-w", "-Fc", "--lock-wait-timeout=5000"]
      + server.arguments + ["-d", name]
    let images = images
    let (saved, result) = try await server.environment.runner.read(
      server.request(words, looks: true, timeout: Self.patience)
    ) { next in
      var held = Data()
      var isOpen = true
      do {
        let reference = try await images.save(blob) {
          while isOpen {
            guard let piece = try await next() else {
              isOpen = false
              guard held.suffix(Self.end.count) == Self.end else { throw NotWhole() }
              return held.count == Self.end.count ? nil : Data(held.dropLast(Self.end.count))
            }
            held.append(piece)
            if held.count > 1 << 20 {
              let ready = Data(held.dropLast(Self.end.count))
              held = Data(held.suffix(Self.end.count))
              return ready
            }
          }
          return nil
        }
        return Optional(reference)
      } catch is NotWhole {
        return nil
      }
    }
    guard let saved else {
      throw DatabaseFailure(
        kind: .refused, description: "\(name) could not be kept whole: \(server.said(result, by: "pg_dump"))")
    }
    return saved
  }

  private struct NotWhole: Error {}

  /// Makes the database `name` as `kept` was. Throws `DatabaseFailure`; then no database of that name is left.
  func make(_ name: String, from kept: Kept) async throws {
    let maintenance = try await server.maintenance(besides: kept.name)
    try await drop(name, by: maintenance)
    let properties = String(decoding: try await images.load(kept.properties), as: UTF8.self)
    _ = try await server.ask(properties, of: maintenance, variables: ["db": name], looks: false)
    let images = images
    let words = ["pg_restore", "-w", "--exit-on-error"] + server.arguments + ["-d", name]
    let result: CommandResult
    do {
      result = try await server.environment.runner.write(server.request(words, looks: false, timeout: Self.patience)) {
        write in
        try await images.load(kept.dump) { try await write($0) }
      }
    } catch {
      try await drop(name, by: maintenance)
      throw error
    }
    guard result.status == 0 else {
      try await drop(name, by: maintenance)
      throw DatabaseFailure(
        kind: .refused,
        description: "\(kept.name) could not be played back: \(server.said(result, by: "pg_restore"))")
    }
  }

  func drop(_ name: String, by maintenance: String) async throws {
    _ = try await server.ask("DROP DATABASE IF EXISTS :\"db\"", of: maintenance, variables: ["db": name], looks: false)
  }

  /// Statements that make a database with the properties of the one that is asked. Lists among its settings stand in the
  /// catalog quoted already.
  private static let properties = #"""
    SELECT format('CREATE DATABASE :"db" WITH TEMPLATE template0 OWNER %I ENCODING %L%s LC_COLLATE %L LC_CTYPE %L%s CONNECTION LIMIT %s;',
      pg_get_userbyid(d.datdba), pg_encoding_to_char(d.encoding),
      CASE to_jsonb(d)->>'datlocprovider'
        WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
          coalesce(to_jsonb(d)->>'daticulocale', to_jsonb(d)->>'datlocale'))
        WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', to_jsonb(d)->>'datlocale')
        ELSE '' END,
      d.datcollate, d.datctype,
      CASE WHEN t.spcname = 'pg_default' THEN '' ELSE format(' TABLESPACE %I', t.spcname) END, d.datconnlimit)
    FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = current_database();
    SELECT format('ALTER %s SET %I TO %s;',
      CASE WHEN s.setrole = 0 THEN 'DATABASE :"db"'
        ELSE format('ROLE %I IN DATABASE :"db"', pg_get_userbyid(s.setrole)) END,
      split_part(c, '=', 1),
      CASE WHEN lower(split_part(c, '=', 1)) IN ('local_preload_libraries', 'search_path', 'session_preload_libraries',
        'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories') THEN substr(c, strpos(c, '=') + 1)
        ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END)
    FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS c
      JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database();
    SELECT 'REVOKE ALL ON DATABASE :"db" FROM PUBLIC;' FROM pg_database
      WHERE datname = current_database() AND datacl IS NOT NULL;
    SELECT format('GRANT %s ON DATABASE :"db" TO %s%s;', a.privilege_type,
      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
      CASE WHEN a.is_grantable AND a.grantee <> d.datdba THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_database d CROSS JOIN aclexplode(d.datacl) a WHERE d.datname = current_database();
    SELECT format('COMMENT ON DATABASE :"db" IS %L;', shobj_description(oid, 'pg_database'))
    FROM pg_database WHERE datname = current_database() AND shobj_description(oid, 'pg_database') IS NOT NULL;

    """#
}
