"""Prints what the world's real things say, as one JSON object. With --stable, without what differs between worlds."""

import hashlib
import http.client
import json
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit

import psycopg2

STABLE = "--stable" in sys.argv[1:]
WORLD, CHECKOUT, PROJECT = os.environ["WORLD_DIR"], os.environ["CHECKOUT"], os.environ["PROJECT"]


def run(*words):
    ended = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return ended.stdout if ended.returncode == 0 else ""


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def git():
    head, *refs = run("git", "-C", CHECKOUT, "rev-parse", "HEAD").split() or [None]
    tagged = run("git", "-C", CHECKOUT, "describe", "--tags", "--exact-match", "HEAD").strip() or None
    branch = run("git", "-C", CHECKOUT, "symbolic-ref", "-q", "--short", "HEAD").strip() or None
    status = run("git", "--no-optional-locks", "-C", CHECKOUT, "status", "--porcelain", "--untracked-files=all", "-z")
    facts = {"branch": branch, "tag": tagged, "dirty": sorted(status.split("\0")[:-1])}
    if not STABLE:
        facts["head"] = head
    refs = dict(line.split(" ") for line in run("git", "-C", CHECKOUT, "for-each-ref", "--format=%(refname) %(objectname)").splitlines())
    # The commits of 0.5.0 hold this world's ports.
    facts["refs"] = sorted(refs) if STABLE else refs
    return facts


def settings():
    try:
        with open(os.path.join(CHECKOUT, ".env"), encoding="utf-8") as file:
            pairs = [line.rstrip("\n").partition("=") for line in file]
    except OSError:
        return None
    flags = {name: value for name, equals, value in pairs if name.startswith("INTEGRATIONS_")}
    return {"flags": flags, "names": [name for name, equals, value in pairs], "digest": digest(repr(pairs).encode())} if not STABLE \
        else {"flags": flags, "names": [name for name, equals, value in pairs]}


def backup():
    try:
        with open(os.path.join(CHECKOUT, "backup_v0.4.0.sql"), "rb") as file:
            return digest(file.read())
    except OSError:
        return None


# --- containers and images

def kept_images():
    """The images as the last 'break' left them, by id."""
    try:
        with open(os.path.join(WORLD, "run", "broken"), encoding="utf-8") as file:
            name = file.read().strip()
    except OSError:
        name = "up"
    with open(os.path.join(WORLD, "kept", name, "images"), encoding="utf-8") as file:
        return {image: tag.removeprefix(PROJECT + "/") for tag, image in (line.split() for line in file)}


def describe(image, version, kept):
    """Ids of images differ from build to build, so --stable says where an image comes from."""
    if not STABLE:
        return image
    return f"released {kept[image]}" if image in kept else f"rebuilt {version or 'db'}"


def images(kept):
    listed = run("docker", "images", "--no-trunc", "--filter", f"reference={PROJECT}/*", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}")
    tags = dict(line.split() for line in listed.splitlines())
    labels = {}
    for image in json.loads(run("docker", "image", "inspect", *tags.values()) or "[]") if tags else []:
        labels[image["Id"]] = (image["Config"]["Labels"] or {}).get("org.opencontainers.image.version")
    return {tag.removeprefix(PROJECT + "/"): describe(image, labels.get(image), kept) for tag, image in tags.items()}


def containers(kept):
    ids = run("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").split()
    facts = {}
    for container in json.loads(run("docker", "inspect", *ids) or "[]") if ids else []:
        config, status = container["Config"], container["State"]
        labels = config["Labels"]
        facts[labels["com.docker.compose.service"]] = found = {
            "image": describe(container["Image"], labels.get("org.opencontainers.image.version"), kept),
            "tag": config["Image"].removeprefix(PROJECT + "/"),
            "running": status["Running"],
            "health": status.get("Health", {}).get("Status"),
            "restarts": container["RestartCount"],
            "environment": {
                name: digest(value.encode()) for name, _, value in (pair.partition("=") for pair in config["Env"])
            } if not STABLE else sorted(pair.partition("=")[0] for pair in config["Env"]),
        }
        if not STABLE:
            found |= {"id": container["Id"], "started": status["StartedAt"], "address": container["NetworkSettings"]["Ports"]}
    return facts


def settled_containers(kept):
    """Health takes a moment after a start."""
    end = time.monotonic() + 12
    while True:
        facts = containers(kept)
        if time.monotonic() > end or all(found["health"] != "starting" or not found["running"] for found in facts.values()):
            return facts
        time.sleep(0.2)


# --- the gateway and its database

def get(path):
    address = urlsplit(os.environ["GATEWAY_URL"])
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return {"status": answer.status, "body": json.loads(answer.read())}
    except (OSError, http.client.HTTPException, ValueError):
        return {"status": None, "body": None}
    finally:
        connection.close()


def column(cursor, statement):
    cursor.execute(statement)
    return [row[0] for row in cursor.fetchall()]


def database():
    try:
        connection = psycopg2.connect(
            os.environ["ADMIN_URL"], connect_timeout=3, application_name="world state",
            options="-c statement_timeout=10000 -c timezone=UTC -c default_transaction_read_only=on -c search_path=public",
        )
    except psycopg2.Error:
        return {"answers": False, "revision": None, "schema": None, "rows": None}
    connection.autocommit = True
    with connection.cursor() as cursor:
        tables = column(cursor, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1")
        schema = column(cursor, """
            SELECT format('%s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
                          pg_get_expr(adbin, adrelid))
            FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v'))
              AND attnum > 0 AND NOT attisdropped
            UNION ALL SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index
            WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
            ORDER BY 1""")
        rows = {}
        for table in tables:
            # By name, for a column that was dropped and added again stands last.
            cursor.execute(f"""SELECT count(*), md5(coalesce(string_agg(line, E'\\n' ORDER BY line), ''))
                FROM (SELECT to_jsonb(t)::text AS line FROM "{table}" AS t) AS lines""")
            count, md5 = cursor.fetchone()
            rows[table] = {"count": count, "digest": md5}
        revision = column(cursor, "SELECT version_num FROM alembic_version") if "alembic_version" in tables else []
        facts = {"answers": True, "revision": revision, "schema": digest("\n".join(schema).encode()), "rows": rows}
        if not STABLE:
            facts["columns"] = schema
            facts["databases"] = column(cursor, "SELECT datname FROM pg_database ORDER BY 1")
    connection.close()
    return facts


def mails():
    return len([name for name in os.listdir(os.path.join(WORLD, "mail")) if name.endswith(".eml")])


kept = kept_images()
found = settled_containers(kept)
json.dump({
    "git": git(), "settings": settings(), "backup": backup(), "images": images(kept), "containers": found,
    "health": get("/health"), "github_actions": get("/webhooks/github_actions"), "slack": get("/webhooks/slack"),
    "database": database(), "mail": mails(),
}, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
print()
