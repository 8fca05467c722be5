"""Once a day: what is new in the warehouse."""

import os
import sys
import urllib.error

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import calls
from pipelines import bigquery_calls

try:
    print(calls.store(bigquery_calls.rows(), "bigquery"), "calls loaded from BigQuery")
except urllib.error.URLError as error:
    sys.exit(f"the pipeline failed: {error}")
