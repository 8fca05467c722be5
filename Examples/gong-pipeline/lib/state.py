"""Prints what the world's real things say, as one JSON object. With --stable, without what time alone changes."""

import hashlib
import http.client
import json
import os
import sqlite3
import subprocess
import sys
from urllib.parse import urlsplit

STABLE = "--stable" in sys.argv[1:]
WORLD = os.environ["WORLD_DIR"]
CHECKOUT = os.path.join(WORLD, "call-insights")


def digest(text):
    return hashlib.sha256(text).hexdigest()[:16]


def git(*arguments, folder=CHECKOUT):
    done = subprocess.run(["git", "--no-optional-locks", "-C", folder, *arguments], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else None


def refs(folder, pattern):
    lines = git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", pattern, folder=folder)
    return None if lines is None else dict(line.split(" ") for line in lines.splitlines())


def repository():
    status = git("status", "-z", "--porcelain", "--untracked-files=all", "--no-renames")
    return {
        "head": (git("rev-parse", "-q", "--verify", "HEAD") or "").strip() or None,
        "branch": (git("symbolic-ref", "-q", "--short", "HEAD") or "").strip() or None,
        "branches": refs(CHECKOUT, "refs/heads/"),
        "dirty": None if status is None else sorted(entry for entry in status.split("\0") if entry),
        # The parent of the commit that took Gong's client away.
        "last_with_gong": (git("log", "--all", "-1", "--format=%P", "--diff-filter=D", "--", "gong/client.py") or "").strip(),
    }


def server(url, running):
    facts = {"running": bool(running), "health": None, "integration": None}
    if not running:
        return facts
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=8)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        facts |= {"health": answer.status} | json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        facts["health"] = "no answer"
    finally:
        connection.close()
    if STABLE:
        facts.pop("pid", None)
    return facts


def settings():
    try:
        with open(os.path.join(CHECKOUT, ".env"), "rb") as file:
            content = file.read()
    except OSError:
        return None
    pairs = [line.split(b"=", 1) for line in content.splitlines() if b"=" in line and not line.startswith(b"#")]
    return {"digest": digest(content), "values": {name.decode(): digest(value) for name, value in pairs}}


def load(name):
    with open(os.path.join(WORLD, "gong", name), encoding="utf-8") as file:
        return json.load(file)


def calls():
    connection = sqlite3.connect(f"file:{os.path.join(WORLD, 'data', 'calls.sqlite')}?mode=ro", uri=True)
    rows = connection.execute("SELECT id, title, started, duration, source FROM calls ORDER BY id").fetchall()
    connection.close()
    kept = {row[0] for row in rows}
    return {
        "total": len(rows),
        "from_gong": sum(row[4] == "gong" for row in rows),
        "from_bigquery": sum(row[4] == "bigquery" for row in rows),
        "missing": [call["id"] for call in load("calls.json") if call["id"] not in kept],
        "digest": digest(json.dumps(rows).encode()),
    }


def deliveries():
    try:
        with open(os.path.join(WORLD, "gong", "deliveries.jsonl"), encoding="utf-8") as file:
            return [json.loads(line)["status"] for line in file]
    except OSError:
        return []


def deployed():
    with open(os.path.join(WORLD, "deployed"), encoding="utf-8") as file:
        branch, commit = file.read().split()
    files = subprocess.run(
        ["git", "--git-dir", os.path.join(WORLD, "remote.git"), "ls-tree", "-r", "--name-only", commit],
        capture_output=True, text=True).stdout.split("\n")
    folder = os.path.join(WORLD, "production")
    present = [os.path.relpath(os.path.join(top, name), folder) for top, _, names in os.walk(folder) for name in names]
    return {"branch": branch, "commit": commit, "whole": sorted(filter(None, files)) == sorted(set(present) - {".env"})}


packages = os.environ["PACKAGES"]
state = {
    "repository": repository(),
    "remote": refs(os.path.join(WORLD, "remote.git"), "refs/heads/"),
    "deployed": deployed(),
    "production": server(os.environ["SERVICE_URL"], os.environ["PRODUCTION_PID"]),
    "local": server(os.environ["LOCAL_URL"], os.environ["LOCAL_PID"]),
    "env": settings(),
    "packages": sorted(name for name in os.listdir(packages) if name.endswith(".dist-info")),
    "calls": calls(),
    "webhooks": deliveries(),
}
json.dump(state, sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
print()
