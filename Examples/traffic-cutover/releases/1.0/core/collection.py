"""The manual collection: reads the newest submissions and stores them."""

import psycopg2
import praw

from core import cutover, store


def read(reddit_client, subreddits, limit):
    return [
        {"id": one.id, "subreddit": name, "title": one.title, "created_utc": one.created_utc}
        for name in subreddits
        for one in reddit_client.subreddit(name).new(limit=limit)
    ]


def collect_data(reddit_client, supabase_client, db_config, subreddits, limit):
    """Whether everything was read and stored. `supabase_client` is for the hosted database; None means `db_config`."""
    if supabase_client is not None:
        raise NotImplementedError("the hosted database is not used any more")
    try:
        submissions = read(reddit_client, subreddits, limit)
        if submissions:
            connection = store.connect(db_config)
            try:
                new = store.store(connection, submissions, "manual")
            finally:
                connection.close()
            cutover.note(f"manual: {new} new of {len(submissions)}")
        return True
    except (praw.RedditError, psycopg2.Error) as error:
        cutover.note(f"manual: ERROR {type(error).__name__}: {str(error).strip().splitlines()[0]}")
        return False
