import os

import psycopg2
import psycopg2.extras


def connect():
    return psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3, application_name="gateway")


def revision():
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        return cursor.fetchone()[0]


def store(cursor, integration, body, key=None):
    columns = {"integration": integration, "payload": psycopg2.extras.Json(body["payload"]), "received_at": body["at"]}
    if key is not None:
        columns["id"] = key
    names = ", ".join(columns)
    places = ", ".join(["%s"] * len(columns))
    cursor.execute(f"INSERT INTO deliveries ({names}) VALUES ({places}) RETURNING id", list(columns.values()))
    return cursor.fetchone()[0]


def try_to_store():
    """Whether deliveries can be stored in the schema that is there: tried, and taken back."""
    connection = connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO integrations VALUES ('trial', 'gateway')")
            store(cursor, "trial", {"payload": {}, "at": "2026-01-01T00:00:00Z"}, key=-1)
    finally:
        connection.rollback()
        connection.close()
