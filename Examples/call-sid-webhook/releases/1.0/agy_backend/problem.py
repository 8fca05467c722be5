class Problem(Exception):
    """What the caller did wrong, as an HTTP status and a sentence."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status = status
        self.detail = detail
