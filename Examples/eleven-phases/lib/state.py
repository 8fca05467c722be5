"""Prints what the world's real things say, as one JSON object. With --stable, without what time alone changes."""

import glob
import hashlib
import http.client
import json
import os
import subprocess
import sys

import psycopg2

STABLE = "--stable" in sys.argv[1:]
WORLD, CHECKOUT, PROJECT = os.environ["BACKOUT_WORLD_DIR"], os.environ["WORLD_CHECKOUT"], os.environ["PROJECT"]
WORKS = {
    "tests": ["-m", "pytest", "-q"],
    "analysis": ["scripts/testing/test_ai_services.py"],
    "scoring": ["scripts/core/batch_opportunity_scoring.py", "--limit", "0"],
    "both monoliths": ["scripts/testing/verify_monoliths.py"],
}


def start(*words):
    return subprocess.Popen(
        words, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def run(*words):
    process = start(*words)
    output = process.communicate()[0]
    return output if process.returncode == 0 else ""


def digest(path):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()[:16]
    except OSError:
        return None


def git():
    log = run("git", "log", "-1", "--format=%H %s").strip().partition(" ")
    status = run("git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z")
    dirty = {line[3:]: f"{line[:2]} {digest(os.path.join(CHECKOUT, line[3:]))}" for line in status.split("\0")[:-1]}
    facts = {"branch": run("git", "symbolic-ref", "-q", "--short", "HEAD").strip() or None, "commit": log[2], "dirty": dirty}
    if not STABLE:
        facts["head"] = log[0]
        facts["refs"] = run("git", "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return facts


def modules():
    """The folders and files that the phases add, as far as they are there."""
    names = ["core/pipeline", "core/pipeline/orchestrator.py", "core/fetchers", "core/fetchers/database_fetcher.py",
             "core/enrichment", "core/agents", "core/quality_filters", "core/deduplication", "core/storage", "api", "sdk"]
    return [name for name in names if os.path.exists(os.path.join(CHECKOUT, name))]


def containers():
    ids = run("docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").split()
    facts = {}
    for container in json.loads(run("docker", "inspect", *ids) or "[]") if ids else []:
        facts[container["Config"]["Labels"]["com.docker.compose.service"]] = found = {
            "image": container["Config"]["Image"].removeprefix(PROJECT + "/"), "running": container["State"]["Running"],
            "restarts": container["RestartCount"]}
        if not STABLE:
            found |= {"id": container["Id"], "image id": container["Image"], "started": container["State"]["StartedAt"]}
    return facts


def api():
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["API_PORT"]), timeout=5)
    try:
        connection.request("GET", "/opportunities")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def database():
    try:
        connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=3, application_name="world state",
                                      options="-c timezone=UTC -c default_transaction_read_only=on -c statement_timeout=10000")
    except psycopg2.Error:
        return {"answers": False}
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            with open(os.path.join(WORLD, "run", "began"), encoding="ascii") as file:
                began = float(file.read())
            # What was stored since has the time at which it was stored.
            cursor.execute("""
                SELECT count(*), count(DISTINCT submission_id), count(trust), count(*) FILTER (WHERE created_at >= since),
                       md5(string_agg(concat_ws(' ', submission_id, score, trust, nullif(created_at, greatest(created_at, since))),
                                      E'\\n' ORDER BY submission_id, created_at))
                FROM opportunities_unified, to_timestamp(%s) AS since""", [began])
            facts = dict(zip(("rows", "distinct", "judged", "stored since", "digest"), cursor.fetchone()))
            cursor.execute("SELECT count(*), md5(string_agg(s::text, E'\\n' ORDER BY id)) FROM submissions AS s")
            facts["submissions"], facts["submissions digest"] = cursor.fetchone()
            cursor.execute("""SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace ORDER BY 1""")
            facts["constraints"] = [row[0] for row in cursor.fetchall()]
        return facts | {"answers": True}
    except psycopg2.Error as error:
        return {"answers": True, "error": type(error).__name__}
    finally:
        connection.close()


def background():
    """Scripts of the checkout that a rollback left running."""
    found = []
    for process in glob.glob("/proc/[0-9]*"):
        try:
            if os.readlink(process + "/cwd") == CHECKOUT:
                with open(process + "/cmdline", encoding="utf-8") as file:
                    words = file.read().split("\0")
                found += [word for word in words if word.startswith("scripts/") and "--serve" not in words]
        except OSError:
            continue
    return sorted(found)


def mails():
    return len(glob.glob(os.path.join(WORLD, "mail", "*.eml")))


left = background()
work = {name: start(sys.executable, "-s", *words) for name, words in WORKS.items()}
state = {
    "git": git(), "modules": modules(), "containers": containers(), "api": api(), "crontab": run("crontab", "-l").splitlines(),
    "unified pipeline": bool(os.environ["UNIFIED_PID"]), "background": left, "mail": mails(),
    "backups": {os.path.basename(path) if not STABLE else "today": digest(path) for path in glob.glob(CHECKOUT + "/backup_*")},
}
for process in work.values():
    process.communicate()
state["works"] = {name: process.returncode == 0 for name, process in work.items()}
state["database"] = database()
json.dump(state, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
print()
