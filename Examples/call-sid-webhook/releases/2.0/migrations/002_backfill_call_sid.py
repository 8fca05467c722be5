#!/usr/bin/env python3
"""Gives each call from before call SIDs the one that the platform derives from its conversation.

A conversation that an earlier rollback made up (ROLLBACK_ and the SID) gives its own SID back.
"""

import os
import sys

import psycopg2

VERSION = "002"
REQUIRES = ["000", "001"]


def upgrade(cursor):
    cursor.execute(r"""
        UPDATE dev.calls SET call_sid = CASE
            WHEN conversation_id ~ '^ROLLBACK_CA[0-9a-f]{32}$' THEN substr(conversation_id, 10)
            ELSE 'CA' || md5(conversation_id)
        END
        WHERE call_sid IS NULL AND conversation_id IS NOT NULL
    """)
    return f"call_sid of {cursor.rowcount} calls"


def downgrade(cursor):
    cursor.execute("UPDATE dev.calls SET call_sid = NULL WHERE call_sid IS NOT NULL")
    return f"call_sid of {cursor.rowcount} calls cleared"


# From here on every migration is the same. It is not shared: a migration must also run from a copy, on its own.


def applied(cursor):
    cursor.execute("SELECT to_regclass('dev.schema_migrations')")
    if cursor.fetchone()[0] is None:
        return []
    cursor.execute("LOCK TABLE dev.schema_migrations IN SHARE ROW EXCLUSIVE MODE")
    cursor.execute("SELECT version FROM dev.schema_migrations ORDER BY version")
    return [row[0] for row in cursor.fetchall()]


def refusal(direction, versions):
    """Why this migration may not go in this direction now, or None."""
    later = [version for version in versions if version > VERSION]
    missing = [version for version in REQUIRES if version not in versions]
    if direction == "upgrade" and VERSION in versions:
        return "it is applied already"
    if direction == "upgrade" and missing:
        return "not applied yet: " + ", ".join(missing)
    if direction == "downgrade" and VERSION not in versions:
        return "it is not applied"
    if later:
        return "out of order, applied on top of it: " + ", ".join(reversed(later))
    return None


def migrate(connection, direction):
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        versions = applied(cursor)
        if direction == "current":
            print(versions[-1] if versions else "none")
            return 0
        reason = refusal(direction, versions)
        if reason:
            print(f"{VERSION} {direction} refused: {reason}", file=sys.stderr)
            return 1
        told = (upgrade if direction == "upgrade" else downgrade)(cursor)
        if direction == "upgrade":
            cursor.execute("INSERT INTO dev.schema_migrations (version) VALUES (%s)", (VERSION,))
        elif REQUIRES:
            cursor.execute("DELETE FROM dev.schema_migrations WHERE version = %s", (VERSION,))
    print(f"{VERSION} {direction}d: {told}")
    return 0


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in ("upgrade", "downgrade", "current"):
        print(f"usage: python {sys.argv[0]} upgrade | downgrade | current", file=sys.stderr)
        return 2
    if "DATABASE_URL" not in os.environ:
        print("DATABASE_URL is not set", file=sys.stderr)
        return 2
    try:
        connection = psycopg2.connect(
            os.environ["DATABASE_URL"], connect_timeout=3, application_name="migration " + VERSION
        )
        try:
            return migrate(connection, arguments[0])
        finally:
            connection.close()
    except psycopg2.Error as error:
        kind = type(error)
        print(f"{kind.__module__}.{kind.__qualname__}: {str(error).strip()}", file=sys.stderr)
        print(f"{VERSION} {arguments[0]} failed: nothing was changed", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
