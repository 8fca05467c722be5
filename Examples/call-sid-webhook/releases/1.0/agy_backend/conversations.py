"""A call is known by its conversation. The first webhook of a conversation creates the call."""

from agy_backend.messages import append, instant, text


def transcription(database, message):
    conversation = text(message, "conversation_id")

    def store(cursor):
        cursor.execute("SELECT id FROM dev.calls WHERE conversation_id = %s", (conversation,))
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "INSERT INTO dev.calls (conversation_id, started_at) VALUES (%s, %s)"
                " ON CONFLICT (conversation_id) DO UPDATE SET conversation_id = excluded.conversation_id RETURNING id",
                (conversation, instant(message, "timestamp")),
            )
            row = cursor.fetchone()
        return row[0], append(cursor, row[0], message)

    call, line = database.transaction(store)
    return 200, {"status": "stored", "call": call, "transcription": line}
