from core.database import connect
from core.fetchers.base_fetcher import BaseFetcher


class DatabaseFetcher(BaseFetcher):
    def fetch(self, limit):
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id, title, body FROM submissions ORDER BY id")
            return cursor.fetchall()[:limit] if limit is not None else cursor.fetchall()
