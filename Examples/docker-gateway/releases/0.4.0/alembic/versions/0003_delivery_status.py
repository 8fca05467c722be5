"""delivery status"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute("ALTER TABLE deliveries ADD COLUMN status text NOT NULL DEFAULT 'stored'")
    op.execute("CREATE INDEX deliveries_status ON deliveries (status, received_at)")


def downgrade():
    op.execute("DROP INDEX deliveries_status")
    op.execute("ALTER TABLE deliveries DROP COLUMN status")
