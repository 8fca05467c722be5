import Foundation
import Runbook

/// Reads definitions from the catalog, by piece: what PostgreSQL itself would say to make each again.
package struct DefinitionReading {
  private let connection: PostgresConnection
  package init(_ connection: PostgresConnection) { self.connection = connection }

  /// The pieces of each of `relations` that is there; those of their indexes and constraints are among them.
  package func pieces(of relations: [RelationName]) async throws -> [DefinitionPiece] {
    // The names as the session finds them, before they are spelled out whole.
    var found: [String] = []
    for relation in relations {
      if let oid = try await connection.query("SELECT to_regclass($1)::oid::text", [relation.sql]).scalar,
        !found.contains(oid)
      {
        found.append(oid)
      }
    }
    guard !found.isEmpty else { return [] }
    let path = try await connection.query("SELECT current_setting('search_path')").scalar ?? ""
    try await connection.query("SELECT set_config('search_path', '', true)")
    var pieces: [DefinitionPiece] = []
    for oid in found {
      for query in Self.queries {
        for row in try await connection.query(query, [oid]).rows {
          pieces.append(
            DefinitionPiece(
              relation: row[0] ?? "", name: row[1] ?? "", create: row[2] ?? "", drop: row[3] ?? "",
              rank: Int(row[4] ?? "") ?? 0, alter: row[5]))
        }
      }
    }
    try await connection.query("SELECT set_config('search_path', $1, true)", [path])
    return pieces.sorted { ($0.rank, $0.relation) < ($1.rank, $1.relation) }
  }

  /// Views that stand on relation `oid`, and on those: what CASCADE takes along.
  package static func dependents(of oid: UInt32, by connection: PostgresConnection) async throws -> [RelationName] {
    try await connection.query(
      """
      WITH RECURSIVE views (oid) AS (
        SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
        WHERE d.refobjid = $1::oid AND r.ev_class <> $1::oid
        UNION SELECT r.ev_class FROM views v JOIN pg_depend d ON d.refobjid = v.oid
          JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass WHERE r.ev_class <> v.oid)
      SELECT DISTINCT n.nspname, c.relname FROM views v JOIN pg_class c ON c.oid = v.oid
      JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2
      """, [String(oid)]
    ).rows.map { RelationName(schema: $0[0], name: $0[1] ?? "") }
  }

  /// Each answers relation, name, create, drop, rank, alter of the pieces of relation `$1`.
  private static let queries = [relation, sequences, columns, constraints, indexes, triggers, comments, rights]

  private static let named = """
    WITH r AS (SELECT c.*, format('%I.%I', n.nspname, c.relname) AS name, n.nspname || '.' || c.relname AS plain
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid)

    """

  private static let relation =
    named + """
      SELECT plain, 'itself',
        CASE relkind
          WHEN 'v' THEN 'CREATE VIEW ' || name || ' AS ' || pg_get_viewdef(oid)
          WHEN 'm' THEN 'CREATE MATERIALIZED VIEW ' || name || ' AS ' || rtrim(pg_get_viewdef(oid), ';')
          WHEN 'i' THEN pg_get_indexdef(oid)
          WHEN 'S' THEN (SELECT format('CREATE SEQUENCE %s AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s%s',
            name, format_type(s.seqtypid, NULL), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
            CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END) FROM pg_sequence s WHERE s.seqrelid = r.oid)
          ELSE 'CREATE ' || CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END || 'TABLE ' || name || ' ()'
            || CASE relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(oid) ELSE '' END END,
        'DROP ' || CASE relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' WHEN 'i' THEN 'INDEX '
          WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || name,
        CASE WHEN relkind IN ('r', 'p') THEN 10 WHEN relkind = 'S' THEN 5 WHEN relkind = 'i' THEN 60 ELSE 80 END,
        CASE relkind WHEN 'v' THEN 'CREATE OR REPLACE VIEW ' || name || ' AS ' || pg_get_viewdef(oid) END
      FROM r
      UNION ALL SELECT plain, 'owner', format('ALTER TABLE %s OWNER TO %I', name, pg_get_userbyid(relowner)), '', 90,
        format('ALTER TABLE %s OWNER TO %I', name, pg_get_userbyid(relowner)) FROM r WHERE relkind <> 'i'
      UNION ALL SELECT plain, 'options', format('ALTER TABLE %s SET (%s)', name, array_to_string(reloptions, ', ')),
        format('ALTER TABLE %s RESET (%s)', name, (SELECT string_agg(split_part(o, '=', 1), ', ') FROM unnest(reloptions) o)),
        85, NULL FROM r WHERE reloptions IS NOT NULL AND relkind IN ('r', 'm')
      """

  /// Sequences that go with the table, but for identity columns' own.
  private static let sequences =
    named + """
      SELECT DISTINCT plain, 'sequence ' || s.relname,
        (SELECT format('CREATE SEQUENCE %I.%I AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s%s',
          n.nspname, s.relname, format_type(q.seqtypid, NULL), q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache,
          CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END) FROM pg_sequence q WHERE q.seqrelid = s.oid),
        format('DROP SEQUENCE %I.%I', n.nspname, s.relname), 5, NULL
      FROM r JOIN pg_depend d ON d.refobjid = r.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
      UNION ALL
      SELECT DISTINCT plain, 'owner of sequence ' || s.relname,
        format('ALTER SEQUENCE %I.%I OWNED BY %s.%I', n.nspname, s.relname, r.name, a.attname), '', 25, NULL
      FROM r JOIN pg_depend d ON d.refobjid = r.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
      JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
      """

  private static let columns =
    named + """
      , c AS (SELECT r.name AS table_name, r.plain, a.*, format_type(a.atttypid, a.atttypmod) AS type,
          pg_get_expr(d.adbin, d.adrelid) AS expression,
          CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
            THEN ' COLLATE ' || (SELECT format('%I.%I', n.nspname, l.collname) FROM pg_collation l
              JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation) ELSE '' END AS collated
        FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE r.relkind IN ('r', 'p'))
      SELECT plain, 'column ' || attname,
        format('ALTER TABLE %s ADD COLUMN %I %s%s%s', table_name, attname, type, collated,
          CASE WHEN attgenerated = 's' THEN ' GENERATED ALWAYS AS (' || expression || ') STORED' ELSE '' END),
        format('ALTER TABLE %s DROP COLUMN %I', table_name, attname), 20,
        CASE WHEN attgenerated = '' THEN
          format('ALTER TABLE %s ALTER COLUMN %I TYPE %s%s USING %I::%s', table_name, attname, type, collated, attname, type)
        END
      FROM c
      UNION ALL SELECT plain, 'default of ' || attname,
        format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', table_name, attname, expression),
        format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', table_name, attname), 30,
        format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', table_name, attname, expression)
      FROM c WHERE expression IS NOT NULL AND attgenerated = ''
      UNION ALL SELECT plain, 'NOT NULL of ' || attname,
        format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', table_name, attname),
        format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', table_name, attname), 40, NULL
      FROM c WHERE attnotnull
      UNION ALL SELECT c.plain, 'identity of ' || c.attname,
        format('ALTER TABLE %s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s)',
          c.table_name, c.attname, CASE c.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
          (SELECT format('%I.%I', n.nspname, s.relname) FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace
            WHERE s.oid = q.seqrelid),
          q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache),
        format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', c.table_name, c.attname), 45, NULL
      FROM c JOIN pg_sequence q ON q.seqrelid = pg_get_serial_sequence(c.table_name, c.attname)::regclass
      WHERE c.attidentity <> ''
      """

  private static let constraints =
    named + """
      , k AS (SELECT k.*, r.plain, r.name AS own FROM r JOIN pg_constraint k ON k.conrelid = r.oid
        UNION ALL SELECT k.*, r.plain, format('%I.%I', n.nspname, c.relname) FROM r
          JOIN pg_constraint k ON k.confrelid = r.oid AND k.conrelid <> r.oid
          JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace)
      SELECT plain, 'constraint ' || conname || CASE WHEN confrelid = $1::oid AND conrelid <> $1::oid
          THEN ' of ' || own ELSE '' END,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', own, conname, pg_get_constraintdef(oid)),
        format('ALTER TABLE %s DROP CONSTRAINT %I', own, conname),
        CASE contype WHEN 'p' THEN 50 WHEN 'u' THEN 51 WHEN 'f' THEN 70 ELSE 55 END, NULL
      FROM k WHERE contype IN ('p', 'u', 'c', 'x', 'f') AND conislocal
      """

  private static let indexes =
    named + """
      SELECT plain, 'index ' || i.relname, pg_get_indexdef(i.oid), format('DROP INDEX %I.%I', n.nspname, i.relname), 60, NULL
      FROM r JOIN pg_index x ON x.indrelid = r.oid JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_namespace n ON n.oid = i.relnamespace
      WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
      """

  private static let triggers =
    named + """
      SELECT plain, 'trigger ' || t.tgname, pg_get_triggerdef(t.oid), format('DROP TRIGGER %I ON %s', t.tgname, name), 75, NULL
      FROM r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
      UNION ALL SELECT plain, 'rule ' || u.rulename, pg_get_ruledef(u.oid), format('DROP RULE %I ON %s', u.rulename, name), 76, NULL
      FROM r JOIN pg_rewrite u ON u.ev_class = r.oid AND u.rulename <> '_RETURN'
      UNION ALL SELECT plain, 'row security', format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name),
        format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name), 77, NULL FROM r WHERE relrowsecurity
      UNION ALL SELECT plain, 'policy ' || p.polname,
        format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, name,
          CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
          CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
          (SELECT string_agg(CASE WHEN o = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END, ', ') FROM unnest(p.polroles) o),
          coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ''),
          coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')),
        format('DROP POLICY %I ON %s', p.polname, name), 78, NULL
      FROM r JOIN pg_policy p ON p.polrelid = r.oid
      """

  private static let comments =
    named + """
      , k AS (SELECT r.*, CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX'
          WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS word FROM r)
      SELECT plain, 'comment', format('COMMENT ON %s %s IS %L', word, name, d.description),
        format('COMMENT ON %s %s IS NULL', word, name), 95, format('COMMENT ON %s %s IS %L', word, name, d.description)
      FROM k JOIN pg_description d ON d.objoid = k.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
      UNION ALL SELECT plain, 'comment on ' || a.attname, format('COMMENT ON COLUMN %s.%I IS %L', name, a.attname, d.description),
        format('COMMENT ON COLUMN %s.%I IS NULL', name, a.attname), 95,
        format('COMMENT ON COLUMN %s.%I IS %L', name, a.attname, d.description)
      FROM k JOIN pg_description d ON d.objoid = k.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid > 0
      JOIN pg_attribute a ON a.attrelid = k.oid AND a.attnum = d.objsubid
      """

  private static let rights =
    named + """
      , g AS (SELECT r.name, r.plain, r.relkind, '' AS columns, x.* FROM r
          CROSS JOIN LATERAL aclexplode(coalesce(r.relacl, acldefault(
            CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, r.relowner))) x
          WHERE r.relkind <> 'i' AND x.grantee <> r.relowner
        UNION ALL SELECT r.name, r.plain, r.relkind, format(' (%I)', a.attname), x.* FROM r
          JOIN pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
          CROSS JOIN LATERAL aclexplode(a.attacl) x)
      SELECT plain, 'right ' || privilege_type || columns || ' of ' || role,
        format('GRANT %s%s ON %s%s TO %s%s', privilege_type, columns, word, name, role,
          CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END),
        format('REVOKE %s%s ON %s%s FROM %s', privilege_type, columns, word, name, role), 92, NULL
      FROM (SELECT g.*, CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END AS word,
        CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS role FROM g) AS g
      """
}
