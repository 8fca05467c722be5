"""Calls come from BigQuery, once a day, by flows/daily_bigquery_sync.py. There are no webhooks any more."""

import web


def health():
    return 200, {"status": "ok", "integration": "bigquery"}


web.serve(health, {})
