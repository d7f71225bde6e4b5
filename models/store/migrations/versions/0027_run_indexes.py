"""Indexes of runs by outcome, primitive and status, error: built concurrently, while runs go on.

A build that was interrupted leaves an invalid index, so each one is dropped first.
"""

from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

NEWEST = 'queued_at DESC, id DESC'
CLOSED = "status NOT IN ('queued', 'running', 'waiting', 'stuck')"
INDEXES = {
    'ix_runs_primitive_status': f'(primitive_id, status, {NEWEST})',
    'ix_runs_outcome': f'(kind, status, source, {NEWEST}) WHERE {CLOSED}',
    'ix_runs_automation_status': (
        f'(automation_id, status, {NEWEST}) WHERE automation_id IS NOT NULL '
        "AND status NOT IN ('queued', 'running', 'waiting', 'stuck', 'completed')"
    ),
    'ix_runs_error': f'(error_key, {NEWEST}) WHERE error_key IS NOT NULL',
    'ix_runs_failed_at': "(finished_at DESC, id DESC) WHERE status = 'failed'",
    'ix_runs_intervened': f'({NEWEST}) WHERE interventions > 0 OR forced OR rescued',
    'ix_runs_rerun_of': '(rerun_of) WHERE rerun_of IS NOT NULL',
    'ix_runs_uncounted': f'({NEWEST}) WHERE NOT is_counted AND {CLOSED}',
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {name}')
            op.execute(f'CREATE INDEX CONCURRENTLY {name} ON runs {columns}')
        op.execute('DROP INDEX CONCURRENTLY IF EXISTS ix_runs_primitive')
        # It reads the table, but blocks nobody.
        op.execute('ALTER TABLE runs VALIDATE CONSTRAINT ck_runs_runsource')


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute('DROP INDEX CONCURRENTLY IF EXISTS ix_runs_primitive')
        op.execute(f'CREATE INDEX CONCURRENTLY ix_runs_primitive ON runs (primitive_id, {NEWEST})')
        for name in INDEXES:
            op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {name}')
