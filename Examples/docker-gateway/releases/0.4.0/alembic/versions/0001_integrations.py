"""integrations"""

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE integrations (name text PRIMARY KEY, owner text NOT NULL)")


def downgrade():
    op.execute("DROP TABLE integrations")
