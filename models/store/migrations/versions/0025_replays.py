"""Replays of many deliveries: frozen when they are started, carried out one after another at a rate."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    status = sa.Enum(
        'running', 'paused', 'completed', 'cancelled',
        name='replaystatus', native_enum=False, length=32, create_constraint=True,
    )
    op.create_table(
        'replays',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('status', status, nullable=False),
        sa.Column('token', sa.Text(), nullable=False),
        sa.Column('selection', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column('only_automation_id', sa.Uuid(), nullable=True),
        sa.Column('again', sa.Boolean(), nullable=False),
        sa.Column('rate_per_minute', sa.Integer(), nullable=False),
        _at('next_at', nullable=False),
        sa.Column('total', sa.Integer(), nullable=False),
        _at('created_at', nullable=False),
        sa.Column('created_by', sa.Text(), nullable=False),
        sa.Column('sender_id', sa.Uuid(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        _at('paused_at'),
        sa.Column('paused_by', sa.Text(), nullable=True),
        sa.Column('paused_reason', sa.Text(), nullable=True),
        _at('cancelled_at'),
        sa.Column('cancelled_by', sa.Text(), nullable=True),
        _at('finished_at'),
        sa.ForeignKeyConstraint(
            ['only_automation_id'], ['automations.id'], name='fk_replays_only_automation_id', ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('id', name='pk_replays'),
        sa.UniqueConstraint('token', name='uq_replays_token'),
    )
    op.create_index('ix_replays_created_at', 'replays', [sa.text('created_at DESC'), sa.text('id DESC')])
    op.create_index('ix_replays_next_at', 'replays', ['next_at'], postgresql_where=sa.text("status = 'running'"))
    op.create_table(
        'replay_items',
        sa.Column('replay_id', sa.Uuid(), nullable=False),
        sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('delivery_id', sa.Uuid(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=True),
        sa.Column('replayed_as', sa.Uuid(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        _at('done_at'),
        sa.ForeignKeyConstraint(['replay_id'], ['replays.id'], name='fk_replay_items_replay_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('replay_id', 'position', name='pk_replay_items'),
    )
    op.create_index(
        'ix_replay_items_pending', 'replay_items', ['replay_id', 'position'],
        postgresql_where=sa.text('outcome IS NULL'),
    )
    op.create_index('ix_replay_items_outcome', 'replay_items', ['replay_id', 'outcome', 'position'])
    op.add_column('deliveries', sa.Column('replay_id', sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column('deliveries', 'replay_id')
    op.drop_table('replay_items')
    op.drop_table('replays')
