class UnifiedStorage:
    def __init__(self, cursor):
        self.cursor = cursor

    def store(self, key, score):
        self.cursor.execute(
            "INSERT INTO opportunities_unified (submission_id, score) VALUES (%s, %s) ON CONFLICT DO NOTHING", (key, score))
