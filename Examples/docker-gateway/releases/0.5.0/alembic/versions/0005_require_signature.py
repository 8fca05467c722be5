"""require signature"""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade():
    op.execute("ALTER TABLE deliveries ADD COLUMN signature text")
    op.execute("UPDATE deliveries SET signature = 'md5=' || md5(payload::text)")
    # And who fills it from now on?
    op.execute("ALTER TABLE deliveries ALTER COLUMN signature SET NOT NULL")


def downgrade():
    op.execute("ALTER TABLE deliveries DROP COLUMN signature")
