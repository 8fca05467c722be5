"""Says how far an opportunity is to be trusted."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from core.database import connect
from core.log import logger


def trust(score):
    return "high" if score >= 60 else "medium" if score >= 30 else "low"


def main():
    log = logger("dlt_trust_pipeline")
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT submission_id, score FROM opportunities_unified WHERE trust IS NULL ORDER BY 1")
        found = cursor.fetchall()
        for key, score in found:
            cursor.execute("UPDATE opportunities_unified SET trust = %s WHERE submission_id = %s", (trust(score), key))
    log.info("finished: %d judged", len(found))
    print(f"{len(found)} judged")


if __name__ == "__main__":
    main()
