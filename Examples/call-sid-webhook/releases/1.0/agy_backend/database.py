"""One connection for each HTTP connection; opened when first needed, replaced when it broke."""

import os

import psycopg2

OPTIONS = "-c lock_timeout=3000 -c statement_timeout=5000 -c timezone=UTC"


class Database:
    def __init__(self):
        self.connection = None

    def transaction(self, work):
        """Runs `work(cursor)` in a transaction and returns what it returns."""
        if self.connection is None or self.connection.closed:
            self.connection = psycopg2.connect(
                os.environ["DATABASE_URL"], connect_timeout=2, options=OPTIONS, application_name="agy-backend"
            )
        try:
            with self.connection, self.connection.cursor() as cursor:
                return work(cursor)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            try:
                self.connection.close()
            finally:
                self.connection = None
