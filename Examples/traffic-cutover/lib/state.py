"""Prints what the world's real things say, as one JSON object. With --stable, without what time alone changes."""

import hashlib
import json
import os
import re
import subprocess
import sys

import psycopg2

STABLE = "--stable" in sys.argv[1:]
WORLD = os.environ["WORLD_DIR"]
CHECKOUT = os.path.join(WORLD, "harbor")


def digest(text):
    return hashlib.sha256(text).hexdigest()[:16]


def git(*arguments):
    done = subprocess.run(["git", "--no-optional-locks", "-C", CHECKOUT, *arguments], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def repository():
    status = git("status", "-z", "--porcelain", "--untracked-files=all", "--no-renames")
    dirty = None if status is None else sorted(entry for entry in status.split("\0") if entry)
    if STABLE and dirty is not None:
        dirty = [re.sub(r"\d{8}_\d{6}", "TIME", entry) for entry in dirty]
    return {
        "head": (git("rev-parse", "-q", "--verify", "HEAD") or "").strip() or None,
        "branch": (git("symbolic-ref", "-q", "--short", "HEAD") or "").strip() or None,
        "dirty": dirty,
    }


def config():
    try:
        with open(os.path.join(CHECKOUT, "config", "traffic_cutover_config.json"), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        return {"error": type(error).__name__}
    if STABLE:
        for name in ("phase_started", "rollback_timestamp"):
            if name in found:
                found[name] = "TIME"
    return found


def settings():
    with open(os.path.join(CHECKOUT, ".env"), "rb") as file:
        pairs = [line.split(b"=", 1) for line in file.read().splitlines() if b"=" in line]
    return {name.decode(): digest(value) for name, value in pairs}


def crontab():
    done = subprocess.run([os.path.join(WORLD, "bin", "crontab"), "-l"], capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else None


def logs():
    folder, found = os.path.join(CHECKOUT, "error_log"), {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".log"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                lines = file.read().splitlines()
            found[name] = {"lines": len(lines), "errors": sum("ERROR" in line for line in lines)}
    return found


def database():
    facts = {"database": "ok", "tables": None, "submissions": None, "opportunities": None}
    try:
        connection = psycopg2.connect(
            os.environ["DATABASE_URL"], connect_timeout=3,
            options="-c statement_timeout=10000 -c timezone=UTC -c default_transaction_read_only=on")
    except psycopg2.Error:
        return facts | {"database": "no answer"}
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            facts["tables"] = [row[0] for row in cursor]
            # When a row came in is not in the digests: the same rows come in again after a reset.
            cursor.execute("SELECT id, subreddit, title, collected_by FROM submissions ORDER BY id")
            rows = cursor.fetchall()
            cursor.execute("SELECT submission_id, score FROM opportunity_analysis ORDER BY 1")
            scores = cursor.fetchall()
    except psycopg2.Error as error:
        return facts | {"database": type(error).__name__}
    finally:
        connection.close()
    with open(os.path.join(WORLD, "reddit", "submissions.json"), encoding="utf-8") as file:
        submitted = [one["id"] for one in json.load(file)]
    kept = {row[0] for row in rows}
    facts["submissions"] = {
        "total": len(rows),
        "manual": sum(row[3] == "manual" for row in rows),
        "dlt": sum(row[3] == "dlt" for row in rows),
        "missing": sorted(name for name in submitted if name not in kept),
        "digest": digest(json.dumps(rows).encode()),
    }
    facts["opportunities"] = {"total": len(scores), "digest": digest(json.dumps(scores).encode())}
    return facts


state = {
    "repository": repository(), "config": config(), "env": settings(), "crontab": crontab(), "logs": logs(),
    "reddit": {"running": bool(os.environ["REDDIT_PID"])},
} | database()
json.dump(state, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
print()
