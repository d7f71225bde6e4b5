"""What a health policy needs beside its threshold: when it counts as recovered."""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('automations', sa.Column('health_recover_threshold', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('automations', 'health_recover_threshold')
