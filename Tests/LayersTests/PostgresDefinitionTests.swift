import BackoutTestKit
import Layer
import PostgresLayer
import Runbook
import Testing

@Suite(.enabled(if: TestPostgres.isAvailable, "PostgreSQL's server programs are not here"))
struct PostgresDefinitionTests {
  let driver = PostgresDriver()

  static let more = """
    ALTER TABLE dev.calls ADD COLUMN total numeric GENERATED ALWAYS AS (cost * 2) STORED;
    CREATE INDEX calls_in_flight_idx ON dev.calls (call_sid) WHERE status = 'in_progress';
    COMMENT ON TABLE dev.calls IS 'it''s calls';
    COMMENT ON COLUMN dev.calls.cost IS 'in euro';
    GRANT SELECT, INSERT ON dev.calls TO PUBLIC;
    CREATE TABLE dev.lone (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'x', at date DEFAULT '2026-01-01');
    INSERT INTO dev.lone (name) VALUES ('a'), ('b');
    CREATE VIEW dev.open_calls AS SELECT id, call_sid FROM dev.calls WHERE status = 'in_progress';
    CREATE SEQUENCE dev.numbers INCREMENT 5;
    CREATE TABLE dev.nullable (id int PRIMARY KEY, note text);
    INSERT INTO dev.nullable VALUES (1, 'x');
    """

  static let cases: [PostgresRowsTests.Case] = [
    .init(name: "set not null", sql: "ALTER TABLE dev.nullable ALTER COLUMN note SET NOT NULL"),
    .init(
      name: "add column", sql: "ALTER TABLE dev.lone ADD COLUMN extra text",
      disturb: "UPDATE dev.lone SET extra = 'customer' WHERE id = 1",
      survives: "SELECT extra = 'customer' FROM dev.lone WHERE id = 1"),
    .init(name: "drop column", sql: "ALTER TABLE dev.lone DROP COLUMN name"),
    .init(name: "drop column with an index and a constraint", sql: "ALTER TABLE dev.calls DROP COLUMN conversation_id"),
    .init(name: "column type", sql: "ALTER TABLE dev.lone ALTER COLUMN name TYPE varchar(20)"),
    .init(
      name: "default", sql: "ALTER TABLE dev.lone ALTER COLUMN name SET DEFAULT 'y'",
      disturb: "ALTER TABLE dev.lone ALTER COLUMN name SET DEFAULT 'z'",
      survives:
        "SELECT pg_get_expr(adbin, adrelid) LIKE '%z%' FROM pg_attrdef JOIN pg_attribute a ON attrelid = adrelid AND attnum = adnum WHERE adrelid = 'dev.lone'::regclass AND attname = 'name'"
    ),
    .init(name: "drop constraint", sql: "ALTER TABLE dev.calls DROP CONSTRAINT calls_conversation_id_key"),
    .init(name: "add constraint", sql: "ALTER TABLE dev.lone ADD CONSTRAINT named CHECK (name <> '')"),
    .init(name: "drop index", sql: "DROP INDEX dev.calls_in_flight_idx"),
    .init(name: "create index", sql: "CREATE INDEX lone_name ON dev.lone (name)"),
    .init(name: "create index concurrently", sql: "CREATE INDEX CONCURRENTLY lone_name ON dev.lone (name)"),
    .init(
      name: "drop table", sql: "DROP TABLE dev.lone",
      disturb: "CREATE TABLE dev.lone (other int)",
      survives: "SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'dev.lone'::regclass AND attname = 'other'"),
    .init(name: "drop table with references", sql: "DROP TABLE dev.calls CASCADE"),
    .init(name: "drop view", sql: "DROP VIEW dev.open_calls"),
    .init(name: "create view", sql: "CREATE OR REPLACE VIEW dev.open_calls AS SELECT id, call_sid FROM dev.calls"),
    .init(
      name: "create table", sql: "CREATE TABLE dev.made (id int PRIMARY KEY); INSERT INTO dev.made VALUES (1)",
      disturb: "INSERT INTO dev.made VALUES (2)", survives: "SELECT count(*) = 2 FROM dev.made"),
    .init(name: "create table as", sql: "CREATE TABLE dev.copied AS SELECT * FROM dev.lone"),
    .init(name: "rename table", sql: "ALTER TABLE dev.lone RENAME TO alone"),
    .init(name: "rename column", sql: "ALTER TABLE dev.lone RENAME COLUMN name TO title"),
    .init(name: "comment", sql: "COMMENT ON TABLE dev.lone IS 'now'"),
    .init(name: "grant", sql: "GRANT SELECT ON dev.lone TO PUBLIC"),
    .init(name: "revoke", sql: "REVOKE INSERT ON dev.calls FROM PUBLIC"),
    .init(name: "drop sequence", sql: "DROP SEQUENCE dev.numbers"),
    .init(
      name: "migration 003",
      sql: """
        ALTER TABLE dev.calls ADD CONSTRAINT s CHECK (call_sid ~ '^CA[0-9a-f]{32}$'), ADD CONSTRAINT u UNIQUE (call_sid);
        CREATE INDEX calls_status ON dev.calls (status);
        """),
  ]

  @Test(arguments: cases)
  func conforms(_ item: PostgresRowsTests.Case) async throws {
    let world = try await CallsWorld(Self.more)
    let report = try await exerciseDriver(
      driver,
      world.scenario(
        item.name, item.sql, disturb: item.disturb, survives: item.survives, isProvable: item.isProvable))
    #expect(report.violations == [])
  }
}
