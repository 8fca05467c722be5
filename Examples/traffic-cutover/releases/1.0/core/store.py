"""Submissions and what was thought of them, in PostgreSQL."""

import psycopg2
import psycopg2.extras

from config import settings

WORDS = ("looking for", "how do you", "i would pay", "is there a")


def connect(db_config):
    return psycopg2.connect(db_config.get("url", settings.DATABASE_URL), connect_timeout=5)


def score(title):
    return sum(word in title.lower() for word in WORDS)


def store(connection, submissions, collected_by):
    """How many were not there before. All of them are stored, or none."""
    with connection, connection.cursor() as cursor:
        new = psycopg2.extras.execute_values(
            cursor,
            "INSERT INTO submissions (id, subreddit, title, created_utc, collected_by) VALUES %s"
            " ON CONFLICT (id) DO NOTHING RETURNING id, title",
            [(one["id"], one["subreddit"], one["title"], one["created_utc"], collected_by) for one in submissions],
            template="(%s, %s, %s, to_timestamp(%s), %s)",
            fetch=True,
        )
        if new:
            psycopg2.extras.execute_values(
                cursor,
                "INSERT INTO opportunity_analysis (submission_id, score) VALUES %s",
                [(name, score(title)) for name, title in new],
            )
        return len(new)
