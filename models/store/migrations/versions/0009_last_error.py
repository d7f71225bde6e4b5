"""The error of each automation's last run, shown in the list."""

from alembic import op
import sqlalchemy as sa

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('automation_stats', sa.Column('last_run_error', sa.Text(), nullable=True))
    op.execute("""
        UPDATE automation_stats SET last_run_error = left(runs.error_message, 300) FROM runs
        WHERE runs.id = last_run_id AND last_run_status = 'failed' AND runs.error_message IS NOT NULL
    """)


def downgrade() -> None:
    op.drop_column('automation_stats', 'last_run_error')
