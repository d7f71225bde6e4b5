"""Runs whose workflow task fails again and again have a status of their own."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

BEFORE = "'queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'skipped', 'missed'"
COLUMNS = (('runs', 'status'), ('automation_stats', 'last_run_status'))


def upgrade() -> None:
    op.add_column('runs', sa.Column('stuck', postgresql.JSONB(none_as_null=True), nullable=True))
    _allow(f"{BEFORE}, 'stuck'")
    op.drop_index('ix_runs_open', table_name='runs')
    op.create_index('ix_runs_open', 'runs', ['queued_at', 'id'], postgresql_where=sa.text("status IN ('queued', 'running', 'waiting', 'stuck')"))


def downgrade() -> None:
    op.execute("UPDATE runs SET status = 'running' WHERE status = 'stuck'")
    op.execute("UPDATE automation_stats SET last_run_status = 'running' WHERE last_run_status = 'stuck'")
    op.drop_index('ix_runs_open', table_name='runs')
    op.create_index('ix_runs_open', 'runs', ['queued_at', 'id'], postgresql_where=sa.text("status IN ('queued', 'running', 'waiting')"))
    _allow(BEFORE)
    op.drop_column('runs', 'stuck')


def _allow(statuses: str) -> None:
    for table, column in COLUMNS:
        op.execute(f'ALTER TABLE {table} DROP CONSTRAINT ck_{table}_runstatus')
        op.execute(f'ALTER TABLE {table} ADD CONSTRAINT ck_{table}_runstatus CHECK ({column} IN ({statuses})) NOT VALID')
        op.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_runstatus')
