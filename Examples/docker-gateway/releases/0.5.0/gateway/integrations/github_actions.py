from .. import database


def handle(cursor, body):
    delivery = database.store(cursor, "github_actions", body)
    run = body["payload"]
    cursor.execute(
        "INSERT INTO workflow_runs (run_id, delivery_id, workflow, conclusion) VALUES (%s, %s, %s, %s)",
        (run["id"], delivery, run["name"], run["conclusion"]),
    )
    return delivery
