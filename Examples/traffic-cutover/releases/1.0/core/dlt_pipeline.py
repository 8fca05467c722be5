"""The pipeline that is to replace the manual collection: the same submissions, loaded as a batch."""

import psycopg2
import praw

from core import collection, cutover, store


def load(connection, submissions):
    return store.store(connection, submissions, "dlt")


def run(reddit_client, subreddits, limit):
    """Whether the batch was loaded."""
    try:
        submissions = collection.read(reddit_client, subreddits, limit)
        connection = store.connect({})
        try:
            new = load(connection, submissions)
        finally:
            connection.close()
        line, done = f"OK {new} new of {len(submissions)}", True
    except (praw.RedditError, psycopg2.Error) as error:
        line, done = f"ERROR {type(error).__name__}: {str(error).strip().splitlines()[0]}", False
        cutover.note("dlt: " + line)
    with open(cutover.PIPELINE_LOG, "a", encoding="utf-8") as file:
        file.write(f"{cutover.now()} {line}\n")
    return done
