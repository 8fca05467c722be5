"""The calls that were kept, in one SQLite file that outlives every release."""

import os
import sqlite3

import settings


def connect():
    connection = sqlite3.connect(os.path.join(settings.FOLDER, settings.need("CALLS_DATABASE")), timeout=10)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS calls (id TEXT PRIMARY KEY, title TEXT NOT NULL, started TEXT NOT NULL,"
        " duration INTEGER NOT NULL, source TEXT NOT NULL)"
    )
    return connection


def store(calls, source):
    """How many of `calls` were not there before."""
    connection = connect()
    try:
        with connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO calls VALUES (?, ?, ?, ?, ?)",
                [(call["id"], call["title"], call["started"], call["duration"], source) for call in calls],
            )
            return connection.total_changes - before
    finally:
        connection.close()


def listed():
    connection = connect()
    try:
        rows = connection.execute("SELECT id, title, started, duration, source FROM calls ORDER BY started, id")
        return [dict(zip(("id", "title", "started", "duration", "source"), row)) for row in rows]
    finally:
        connection.close()
