"""Backfills: runs of past due times and reruns, which wait apart from their automation's queue."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

HELD = "status = 'queued' AND held_by IS NOT NULL"
QUEUED = f"{HELD} AND held_by <> 'backfill'"
PENDING = "status = 'queued' AND held_by = 'backfill'"
INDEXES = {
    'ix_runs_held': ['automation_id', 'admission_key', 'throttle_key', 'ordered_at', 'id'],
    'ix_runs_queue': ['automation_id', 'ordered_at', 'id'],
}


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)


def _json() -> postgresql.JSONB:
    return postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def _at(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _index_queues(condition: str) -> None:
    for name, columns in INDEXES.items():
        op.drop_index(name, 'runs')
        op.create_index(name, 'runs', columns, postgresql_where=sa.text(condition))


def _note_queued(inserted: str, updated: str) -> None:
    """A run that enters or leaves its automation's queue changes what the list shows of the automation."""
    for name, event, condition in (
        ('note_waiting', 'INSERT', inserted), ('note_admitted', 'UPDATE OF held_by', updated),
    ):
        op.execute(f'DROP TRIGGER {name} ON runs')
        op.execute(
            f'CREATE TRIGGER {name} AFTER {event} ON runs FOR EACH ROW WHEN ({condition}) '
            'EXECUTE FUNCTION note_waiting()'
        )


def upgrade() -> None:
    op.create_table(
        'backfills',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('kind', _enum('backfillkind', 'backfill', 'catch_up', 'rerun'), nullable=False),
        sa.Column('status', _enum('backfillstatus', 'running', 'paused', 'completed', 'cancelled'), nullable=False),
        sa.Column('token', sa.Text(), nullable=False),
        sa.Column('automation_id', sa.Uuid(), nullable=True),
        _at('since'),
        _at('until'),
        sa.Column('again', _enum('again', 'none', 'failed', 'all'), nullable=False),
        sa.Column('selection', _json(), nullable=True),
        sa.Column('run_order', _enum('backfillorder', 'oldest', 'newest'), nullable=False),
        sa.Column('run_limit', sa.Integer(), nullable=False),
        sa.Column('forced', sa.Boolean(), nullable=False),
        sa.Column('fires_dependents', sa.Boolean(), nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        sa.Column('est_cost_usd', sa.Numeric(38, 8), nullable=True),
        _at('created_at', nullable=False),
        sa.Column('created_by', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=True),
        _at('paused_at'),
        sa.Column('paused_by', sa.Text(), nullable=True),
        sa.Column('paused_reason', sa.Text(), nullable=True),
        _at('finished_at'),
        _at('cancelled_at'),
        sa.Column('cancelled_by', sa.Text(), nullable=True),
        sa.Column('counts', _json(), nullable=True),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_backfills_automation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_backfills')),
        sa.UniqueConstraint('token', name=op.f('uq_backfills_token')),
    )
    newest = [sa.text('created_at DESC'), sa.text('id DESC')]
    op.create_index('ix_backfills_created_at', 'backfills', newest)
    op.create_index('ix_backfills_automation', 'backfills', ['automation_id', *newest])
    op.create_index('ix_backfills_open', 'backfills', ['id'], postgresql_where=sa.text('finished_at IS NULL'))
    op.add_column('runs', sa.Column('backfill_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_runs_backfill_id'), 'runs', 'backfills', ['backfill_id'], ['id'])
    op.add_column('runs', sa.Column('before_backfill', _json(), nullable=True))
    op.add_column('runs', sa.Column('outside_health', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('runs', _at('nominal_at'))
    op.create_index(
        'ix_runs_pending', 'runs', ['backfill_id', 'ordered_at', 'id'], postgresql_where=sa.text(PENDING)
    )
    op.create_index(
        'ix_runs_backfill', 'runs', ['backfill_id', 'status'], postgresql_where=sa.text('backfill_id IS NOT NULL')
    )
    op.create_index(
        'ix_runs_nominal', 'runs', ['automation_id', 'nominal_at'],
        postgresql_where=sa.text('nominal_at IS NOT NULL AND automation_id IS NOT NULL'),
    )
    _index_queues(QUEUED)
    # Each comparison is NULL without a holder, so admissions are told, too.
    _note_queued(
        "NEW.held_by <> 'backfill'", "(OLD.held_by = 'backfill') IS DISTINCT FROM (NEW.held_by = 'backfill')"
    )
    op.add_column(
        'automations', sa.Column('catchup', _enum('catchup', 'none', 'last', 'all'), server_default='none', nullable=False)
    )
    op.add_column('automations', _at('catchup_from'))
    op.add_column('automations', _at('catchup_to'))
    op.add_column('automations', sa.Column('catchup_as', sa.Text(), nullable=True))
    op.create_index(
        'ix_automations_catchup_to', 'automations', ['catchup_to'], postgresql_where=sa.text('catchup_to IS NOT NULL')
    )


def downgrade() -> None:
    op.drop_index('ix_automations_catchup_to', 'automations')
    for name in ('catchup_as', 'catchup_to', 'catchup_from', 'catchup'):
        op.drop_column('automations', name)
    # An older version would take them for runs of the queue.
    op.execute(f"UPDATE runs SET status = 'skipped', reason = 'cleared', held_by = NULL WHERE {PENDING}")
    _note_queued('NEW.held_by IS NOT NULL', '(OLD.held_by IS NULL) <> (NEW.held_by IS NULL)')
    _index_queues(HELD)
    for name in ('ix_runs_nominal', 'ix_runs_backfill', 'ix_runs_pending'):
        op.drop_index(name, 'runs')
    for name in ('nominal_at', 'outside_health', 'before_backfill', 'backfill_id'):
        op.drop_column('runs', name)
    op.drop_table('backfills')
