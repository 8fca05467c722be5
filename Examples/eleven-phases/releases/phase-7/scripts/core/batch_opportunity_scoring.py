"""Scores submissions that have no opportunity yet."""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from core.database import connect
from core.database import connect
from core.deduplication.known import without_known
from core.enrichment.ai_service import AIService
from core.fetchers.database_fetcher import DatabaseFetcher
from core.log import logger
from core.storage.unified_storage import UnifiedStorage


def analyze(title, body):
    return AIService().enrich(title, body)


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
            UnifiedStorage(cursor).store(key, analyze(title, body))
    log.info("finished: %d scored", len(found))
    print(f"{len(found)} scored")


if __name__ == "__main__":
    main()
