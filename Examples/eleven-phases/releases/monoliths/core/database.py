import psycopg2


def connect():
    """Host, user and password come from libpq's own variables."""
    return psycopg2.connect(dbname="reddit_harbor", connect_timeout=3)
