"""What a webhook must carry, whatever names its call."""

from datetime import datetime

from agy_backend.problem import Problem


def text(message, field):
    value = message.get(field)
    if not isinstance(value, str) or not value.strip() or len(value) > 10_000:
        raise Problem(422, field + " is required")
    return value


def instant(message, field):
    try:
        return datetime.fromisoformat(text(message, field).replace("Z", "+00:00"))
    except ValueError:
        raise Problem(422, field + " is not a time") from None


def append(cursor, call, message):
    cursor.execute(
        "INSERT INTO dev.transcriptions (call_id, speaker, message, spoken_at) VALUES (%s, %s, %s, %s) RETURNING id",
        (call, text(message, "speaker"), text(message, "message"), instant(message, "timestamp")),
    )
    return cursor.fetchone()[0]
