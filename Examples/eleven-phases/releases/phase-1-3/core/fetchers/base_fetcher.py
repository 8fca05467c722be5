class BaseFetcher:
    """Hands out submissions as (id, title, body)."""

    def fetch(self, limit):
        raise NotImplementedError
