"""Scores submissions that have no opportunity yet."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from core.database import connect
from core.database import connect
from core.deduplication.known import without_known
from core.fetchers.database_fetcher import DatabaseFetcher
from core.log import logger
from core.words import score


def analyze(title, body):
    return score(f"{title} {body}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=100)
    limit = parser.parse_args().limit
    log = logger("batch_opportunity_scoring")
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT submission_id FROM opportunities_unified")
        known = {key for key, in cursor.fetchall()}
        found = without_known(DatabaseFetcher().fetch(None), known)[:limit]
        for key, title, body in found:
            cursor.execute(
                "INSERT INTO opportunities_unified (submission_id, score) VALUES (%s, %s)", (key, analyze(title, body)))
    log.info("finished: %d scored", len(found))
    print(f"{len(found)} scored")


if __name__ == "__main__":
    main()
