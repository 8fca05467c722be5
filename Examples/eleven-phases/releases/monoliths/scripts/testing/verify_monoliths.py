"""Whether both monoliths have done their work: every submission scored once, every score judged. Exits 1 where not."""

import sys

from load import load

load("scripts/core/batch_opportunity_scoring.py"), load("scripts/dlt/dlt_trust_pipeline.py")
from core.database import connect

with connect() as connection, connection.cursor() as cursor:
    cursor.execute("""
        SELECT (SELECT count(*) FROM submissions),
               count(*), count(DISTINCT submission_id), count(trust) FROM opportunities_unified""")
    submissions, rows, distinct, judged = cursor.fetchone()
print(f"{submissions} submissions, {rows} opportunities of {distinct}, {judged} judged")
sys.exit(0 if submissions == rows == distinct == judged else 1)
