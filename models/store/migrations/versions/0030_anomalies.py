"""Anomalies: what of a kind or a primitive is unusual, judged each hour."""

from alembic import op
import sqlalchemy as sa

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

KINDS = ('agent', 'workflow', 'network', 'campaign', 'pulse')
METRICS = ('starts', 'failures', 'duration', 'cost_per_run', 'wait')
NOBODY = "coalesce(primitive_id, '00000000-0000-0000-0000-000000000000'::uuid)"


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)


def upgrade() -> None:
    at = sa.DateTime(timezone=True)
    op.create_table(
        'anomalies',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('kind', _choice('kind', KINDS), nullable=False),
        sa.Column('primitive_id', sa.Uuid(), nullable=True),
        sa.Column('metric', _choice('anomalymetric', METRICS), nullable=False),
        sa.Column('is_low', sa.Boolean(), nullable=False),
        sa.Column('first_hour', at, nullable=False),
        sa.Column('last_hour', at, nullable=False),
        sa.Column('closed_at', at, nullable=True),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ('value', 'usual', 'low', 'high', 'score')),
        sa.Column('runs', sa.Integer(), nullable=False),
        sa.Column('hours', sa.SmallInteger(), nullable=False),
        sa.Column('explained', sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(['primitive_id'], ['primitives.id'], name='fk_anomalies_primitive_id'),
        sa.PrimaryKeyConstraint('id', name='pk_anomalies'),
    )
    op.create_index(
        'uq_anomalies_open',
        'anomalies',
        ['kind', 'metric', 'is_low', sa.text(NOBODY)],
        unique=True,
        postgresql_where=sa.text('closed_at IS NULL'),
    )
    op.create_index('ix_anomalies_last_hour', 'anomalies', [sa.text('last_hour DESC'), sa.text('id DESC')])
    op.create_table(
        'judged_hours',
        sa.Column('hour', at, nullable=False),
        sa.Column('judged_at', at, nullable=False),
        sa.PrimaryKeyConstraint('hour', name='pk_judged_hours'),
    )


def downgrade() -> None:
    op.drop_table('judged_hours')
    op.drop_table('anomalies')
