"""workflow runs"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    op.execute("INSERT INTO integrations VALUES ('github_actions', 'platform')")
    # The numbers of runs at GitHub have long been greater than an integer holds.
    op.execute("""
        CREATE TABLE workflow_runs (
            run_id integer PRIMARY KEY,
            delivery_id integer NOT NULL REFERENCES deliveries,
            workflow text NOT NULL,
            conclusion text
        )""")
    op.execute("ALTER TABLE deliveries ADD COLUMN attempts integer NOT NULL DEFAULT 1")


def downgrade():
    op.execute("ALTER TABLE deliveries DROP COLUMN attempts")
    op.execute("DROP TABLE workflow_runs")
    op.execute("DELETE FROM deliveries WHERE integration = 'github_actions'")
    op.execute("DELETE FROM integrations WHERE name = 'github_actions'")
