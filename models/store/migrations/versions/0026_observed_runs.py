"""What Observe and Control read of runs: sources, waits, own costs, interventions, errors; sums by hour, of closed runs.

Nothing here reads the whole table `runs`: new columns have no value in old rows, and the sweep fills them in.
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.store.migrations import run_sums_0026

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

KINDS = ('agent', 'workflow', 'network', 'campaign', 'pulse')
STATUSES = ('queued', 'running', 'waiting', 'stuck', 'completed', 'failed', 'cancelled', 'skipped', 'missed')
SOURCES = ('schedule', 'webhook', 'event', 'slack', 'manual', 'direct', 'rerun', 'dependency', 'backfill', 'parent')
STATES = ('open', 'resolved', 'ignored')
MONEY_SUM = sa.Numeric(38, 8)

COLUMNS = (
    sa.Column('source', sa.String(32), nullable=True),
    sa.Column('wait_ms', sa.BigInteger(), nullable=True),
    sa.Column('own_cost_usd', MONEY_SUM, nullable=True),
    sa.Column('error_key', sa.BigInteger(), nullable=True),
    sa.Column('caused_by', sa.Uuid(), nullable=True),
    sa.Column('interventions', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('gates', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('rescued', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('trace_id', sa.Uuid(), nullable=True),
    sa.Column('is_counted', sa.Boolean(), server_default='false', nullable=False),
)

COUNTERS = (
    'runs', 'occurrences', 'started', 'duration_ms_sum', 'duration_log_sum', 'duration_log_squares', 'own_cost_count',
    'own_cost_log_sum', 'own_cost_log_squares', 'unknown_costs', 'own_input_tokens', 'own_output_tokens', 'wait_ms_sum',
    'interventions', 'intervened', 'gates', 'rescued', 'unattended',
)

# A few rows: what is open now closes with its source. All closed runs are filled in by the sweep.
FILL_OPEN = """
    UPDATE runs SET source = CASE
        WHEN run.parent_run_id IS NOT NULL THEN 'parent'
        WHEN delivery.source <> 'manual' THEN delivery.source
        WHEN delivery.endpoint LIKE 'primitive:%' THEN 'direct'
        WHEN delivery.endpoint LIKE 'run:%' THEN 'rerun'
        WHEN delivery.endpoint LIKE 'dependency:%' THEN 'dependency'
        WHEN delivery.id IS NOT NULL OR run.due_at IS NULL THEN 'manual'
        ELSE 'schedule'
    END
    FROM runs AS run LEFT JOIN deliveries AS delivery ON delivery.id = run.delivery_id
    WHERE runs.id = run.id AND run.status IN ('queued', 'running', 'waiting', 'stuck')
"""


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)


def _sums() -> list[sa.Column]:
    counters = [sa.Column(name, sa.BigInteger(), server_default='0', nullable=False) for name in COUNTERS]
    cost = sa.Column('own_cost_usd_sum', MONEY_SUM, server_default='0', nullable=False)
    none = sa.text('array_fill(0::bigint, ARRAY[16])')
    histogram = sa.Column('wait_histogram', sa.ARRAY(sa.BigInteger()), server_default=none, nullable=False)
    return [*counters, cost, histogram]


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column('runs', column)
    known = ', '.join(f"'{one}'" for one in SOURCES)
    op.execute(f'ALTER TABLE runs ADD CONSTRAINT ck_runs_runsource CHECK (source IN ({known})) NOT VALID')
    op.execute(FILL_OPEN)
    op.create_table(
        'primitive_hours',
        sa.Column('primitive_id', sa.Uuid(), nullable=False),
        sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
        sa.Column('source', _choice('runsource', SOURCES), nullable=False),
        sa.Column('status', _choice('runstatus', STATUSES), nullable=False),
        *_sums(),
        sa.ForeignKeyConstraint(['primitive_id'], ['primitives.id'], name='fk_primitive_hours_primitive_id'),
        sa.PrimaryKeyConstraint('primitive_id', 'hour', 'source', 'status', name='pk_primitive_hours'),
    )
    op.create_index('ix_primitive_hours_hour', 'primitive_hours', ['hour'])
    op.create_table(
        'kind_hours',
        sa.Column('kind', _choice('kind', KINDS), nullable=False),
        sa.Column('status', _choice('runstatus', STATUSES), nullable=False),
        sa.Column('source', _choice('runsource', SOURCES), nullable=False),
        sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
        sa.Column('slot', sa.SmallInteger(), nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint('kind', 'status', 'source', 'hour', 'slot', name='pk_kind_hours'),
    )
    op.create_table(
        'error_groups',
        sa.Column('key', sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column('version', sa.SmallInteger(), nullable=False),
        sa.Column('error_type', sa.Text(), nullable=False),
        sa.Column('template', sa.Text(), nullable=False),
        sa.Column('sample', sa.Text(), nullable=False),
        sa.Column('sample_run_id', sa.Uuid(), nullable=True),
        sa.Column('first_seen', sa.DateTime(timezone=True), nullable=False),
        sa.Column('last_seen', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', _choice('errorgroupstate', STATES), server_default='open', nullable=False),
        sa.Column('state_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('state_by', sa.Text(), nullable=True),
        sa.Column('ignored_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ignored_up_to', sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint('key', name='pk_error_groups'),
    )
    op.create_index('ix_error_groups_last_seen', 'error_groups', [sa.text('last_seen DESC')])
    op.create_index('ix_error_groups_type', 'error_groups', ['error_type', 'first_seen'])
    op.create_table(
        'error_hours',
        sa.Column('key', sa.BigInteger(), nullable=False),
        sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
        sa.Column('slot', sa.SmallInteger(), nullable=False),
        sa.Column('runs', sa.BigInteger(), server_default='0', nullable=False),
        sa.ForeignKeyConstraint(['key'], ['error_groups.key'], name='fk_error_hours_key'),
        sa.PrimaryKeyConstraint('key', 'hour', 'slot', name='pk_error_hours'),
    )
    op.create_table(
        'run_attempts',
        sa.Column('run_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.SmallInteger(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('error_type', sa.Text(), nullable=True),
        sa.Column('error_message', sa.Text(), nullable=True),
        sa.Column('error_key', sa.BigInteger(), nullable=True),
        sa.Column('cost_usd', MONEY_SUM, nullable=True),
        sa.Column('tokens', postgresql.JSONB(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name='fk_run_attempts_run_id'),
        sa.PrimaryKeyConstraint('run_id', 'number', name='pk_run_attempts'),
    )
    for statement in run_sums_0026.CREATE:
        op.execute(statement)


def downgrade() -> None:
    for statement in run_sums_0026.DROP:
        op.execute(statement)
    for table in ('run_attempts', 'error_hours', 'error_groups', 'kind_hours', 'primitive_hours'):
        op.drop_table(table)
    op.drop_constraint('ck_runs_runsource', 'runs')
    for column in COLUMNS:
        op.drop_column('runs', column.name)
