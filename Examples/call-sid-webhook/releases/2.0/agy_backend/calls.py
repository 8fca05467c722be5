"""A call is known by its call SID, from the moment it is dialled; its conversation is learned later.

A webhook finds its call in two steps: by SID in the database, then, where that leaves a question, by asking the
voice platform which conversation the SID belongs to.
"""

import http.client
import json
import os
import re
from urllib.parse import urlsplit

import psycopg2.errors

from agy_backend import settings
from agy_backend.messages import append, instant, text
from agy_backend.problem import Problem

SID = re.compile(r"CA[0-9a-f]{32}")


def sid_of(message):
    sid = text(message, "call_sid")
    if not SID.fullmatch(sid):
        raise Problem(422, "call_sid is not a call SID")
    return sid


def create(database, message):
    if os.path.exists(os.path.join(settings.FOLDER, "MAINTENANCE")):
        raise Problem(503, "closed for maintenance")
    sid, started = sid_of(message), instant(message, "started_at")

    def store(cursor):
        cursor.execute(
            "INSERT INTO dev.calls (call_sid, started_at) VALUES (%s, %s) RETURNING id",
            (sid, started),
        )
        return cursor.fetchone()[0]

    try:
        return 201, {"status": "created", "call": database.transaction(store), "call_sid": sid}
    except psycopg2.errors.UniqueViolation:
        raise Problem(409, "this call exists") from None


def transcription(database, message):
    sid = sid_of(message)
    call, conversation = database.transaction(lambda cursor: find(cursor, sid)) or (None, None)
    if conversation is None:
        conversation = ask_platform(sid)
    if call is None and conversation is None:
        raise Problem(404, "no such call")

    def store(cursor):
        number = call
        if number is None:
            cursor.execute(
                "INSERT INTO dev.calls (conversation_id, call_sid, started_at) VALUES (%s, %s, %s)"
                " ON CONFLICT (call_sid) DO UPDATE SET conversation_id = excluded.conversation_id RETURNING id",
                (conversation, sid, instant(message, "timestamp")),
            )
            number = cursor.fetchone()[0]
        elif conversation is not None:
            cursor.execute(
                "UPDATE dev.calls SET conversation_id = %s WHERE id = %s AND conversation_id IS NULL",
                (conversation, number),
            )
        return number, append(cursor, number, message)

    number, line = database.transaction(store)
    return 200, {"status": "stored", "call": number, "transcription": line}


def find(cursor, sid):
    cursor.execute("SELECT id, conversation_id FROM dev.calls WHERE call_sid = %s", (sid,))
    return cursor.fetchone()


def ask_platform(sid):
    """The conversation of a call SID, or None where the platform has none yet, or does not say."""
    platform = urlsplit(os.environ["VOICE_API_URL"])
    seconds = float(settings.read()["LOOKUP_TIMEOUT"])
    connection = http.client.HTTPConnection(platform.hostname, platform.port, timeout=seconds)
    try:
        connection.request(
            "GET", "/v1/conversations?call_sid=" + sid, headers={"xi-api-key": os.environ["ELEVENLABS_API_KEY"]}
        )
        answer = connection.getresponse()
        return json.load(answer)["conversation_id"] if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
