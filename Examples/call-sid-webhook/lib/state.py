"""Prints what the world's real things say, as one JSON object. With --stable, without what time alone changes."""

import http.client
import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg2
import psycopg2.errors

STABLE = "--stable" in sys.argv[1:]
WORLD = os.environ["WORLD_DIR"]
LIVE_CALL = r"conversation_id LIKE 'conv\_live\_%'"
LIVE_LINE = "message LIKE 'live:%'"


def get(url, headers={}):
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=3)
    try:
        connection.request("GET", address.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, None
    finally:
        connection.close()


def service():
    status, health = get(os.environ["SERVICE_URL"] + "/health")
    running = bool(os.environ["SERVICE_PID"])
    facts = {"running": running, "health": status or None}
    if not STABLE:
        facts["pid"] = int(os.environ["SERVICE_PID"]) if running else None
    return health["release"] if health else None, facts


def webhook():
    url = os.environ["VOICE_API_URL"] + "/v1/webhooks/wh_2f1"
    status, answer = get(url, {"xi-api-key": os.environ["ELEVENLABS_API_KEY"]})
    if status != 200:
        return {"error": status or "no answer"}
    if STABLE:
        del answer["updated_at"]
    return answer


def git(process):
    output = process.communicate()[0]
    if process.returncode != 0:
        return {"head": None, "branch": None, "dirty": None}
    facts = {"dirty": []}
    for line in output.decode("utf-8", "replace").split("\0"):
        kind, _, rest = line.partition(" ")
        if line.startswith("# branch.oid "):
            facts["head"] = line.split(" ")[2]
        elif line.startswith("# branch.head "):
            facts["branch"] = line.split(" ", 2)[2]
        elif kind == "1":
            facts["dirty"].append(rest[:2] + " " + rest.split(" ", 7)[7])
        elif kind == "u":
            facts["dirty"].append(rest[:2] + " " + rest.split(" ", 9)[9])
        elif kind == "?":
            facts["dirty"].append("?? " + rest)
    facts["dirty"].sort()
    return facts


def rows(cursor, statement):
    cursor.execute(statement)
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def unlocked(cursor, statement):
    """The rows, or None where another session's lock stands in the way."""
    try:
        return rows(cursor, statement)
    except psycopg2.errors.LockNotAvailable:
        return None


def schema(cursor):
    return {
        "columns": rows(cursor, """
            SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable
            FROM pg_attribute WHERE attrelid = to_regclass('dev.calls') AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum"""),
        "constraints": unlocked(cursor, """
            SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
            WHERE conrelid = to_regclass('dev.calls') ORDER BY conname"""),
        "indexes": unlocked(cursor, """
            SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
            WHERE indrelid = to_regclass('dev.calls') ORDER BY 1"""),
        "views": [row["name"] for row in rows(cursor, """
            SELECT relname AS name FROM pg_class
            WHERE relnamespace = to_regnamespace('dev') AND relkind = 'v' ORDER BY 1""")],
        "owner": next((row["owner"] for row in rows(cursor, """
            SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = to_regclass('dev.calls')""")), None),
    }


def one(cursor, statement):
    return rows(cursor, statement)[0]


def calls(cursor, has_sid):
    with_sid = "call_sid IS NOT NULL" if has_sid else "false"
    facts = one(cursor, rf"""
        SELECT count(*) AS total,
               count(*) FILTER (WHERE conversation_id IS NULL) AS null_conversation_id,
               count(*) FILTER (WHERE {with_sid}) AS with_call_sid,
               count(*) FILTER (WHERE conversation_id LIKE 'ROLLBACK\_%') AS rollback_prefixed
        FROM dev.calls {f"WHERE ({LIVE_CALL}) IS NOT TRUE" if STABLE else ""}""")
    digest = one(cursor, f"""
        SELECT md5(coalesce(string_agg((to_jsonb(c) - 'id')::text, E'\n' ORDER BY id), '')) AS md5
        FROM dev.calls AS c WHERE ({LIVE_CALL}) IS NOT TRUE""" if STABLE else """
        SELECT md5(coalesce(string_agg(c::text, E'\n' ORDER BY id), '')) AS md5 FROM dev.calls AS c""")
    return facts, digest["md5"]


def transcriptions(cursor):
    return one(cursor, f"""
        SELECT count(*) AS total, md5(coalesce(string_agg((to_jsonb(t) - 'id' - 'call_id')::text, E'\n'
                   ORDER BY spoken_at, id), '')) AS digest
        FROM dev.transcriptions AS t WHERE NOT {LIVE_LINE}""" if STABLE else """
        SELECT count(*) AS total, count(*) FILTER (WHERE message = 'Test message') AS tests,
               md5(coalesce(string_agg(t::text, E'\n' ORDER BY id), '')) AS digest
        FROM dev.transcriptions AS t""")


def database():
    facts = dict.fromkeys(("schema", "migrations", "calls", "rows_digest", "transcriptions")) | {"database": "ok"}
    try:
        connection = psycopg2.connect(
            os.environ["ADMIN_URL"], connect_timeout=3, application_name="world state",
            options="-c lock_timeout=300 -c statement_timeout=10000 -c timezone=UTC -c default_transaction_read_only=on",
        )
    except psycopg2.Error:
        return facts | {"database": "no answer"}
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            facts["schema"] = schema(cursor)
            columns = [column["name"] for column in facts["schema"]["columns"]]
            facts["migrations"] = [
                row["version"] for row in rows(cursor, "SELECT version FROM dev.schema_migrations ORDER BY version")
            ]
            if columns:
                facts["calls"], facts["rows_digest"] = calls(cursor, "call_sid" in columns)
            facts["transcriptions"] = transcriptions(cursor)
    except psycopg2.Error as error:
        facts["database"] = type(error).__name__
    finally:
        connection.close()
    return facts


def callers():
    facts = {"running": bool(os.environ["CALLERS_PID"])}
    if not STABLE:
        try:
            with open(os.path.join(WORLD, "callers.json"), encoding="utf-8") as file:
                facts |= json.load(file)
        except (OSError, ValueError):
            pass
    return facts


def mails():
    try:
        return len([name for name in os.listdir(os.path.join(WORLD, "mail")) if name.endswith(".eml")])
    except OSError:
        return 0


repository = subprocess.Popen(
    ["git", "--no-optional-locks", "-C", os.path.join(WORLD, "agy-backend"), "status", "-z", "--porcelain=v2", "--branch",
     "--untracked-files=all", "--no-ahead-behind", "--no-renames"],
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
)
release, running = service()
state = {"release": release, "webhook": webhook(), "service": running, "callers": callers(), "mail": mails()}
state |= database() | git(repository)
if not STABLE:
    with open(os.path.join(WORLD, "voice/changes.jsonl"), encoding="utf-8") as file:
        state["webhook_changes"] = len(file.readlines())
json.dump(state, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
print()
