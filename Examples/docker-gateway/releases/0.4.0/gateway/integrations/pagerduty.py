from .. import database


def handle(cursor, body):
    return database.store(cursor, "pagerduty", body)
