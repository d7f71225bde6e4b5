"""Deliveries name their sender's key and what became of their body; browser sessions are rows."""

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('deliveries', sa.Column('sender_id', sa.Uuid(), nullable=True))
    op.add_column('deliveries', sa.Column('note', sa.Text(), nullable=True))
    op.add_column('deliveries', sa.Column('size', sa.Integer(), nullable=True))
    # An API process of the version before stores no sender, so its keys stay shared, as they were.
    op.create_index(
        'uq_deliveries_endpoint_sender_key',
        'deliveries',
        ['endpoint', sa.text("coalesce(sender_id, '00000000-0000-0000-0000-000000000000')"), 'idempotency_key'],
        unique=True,
        postgresql_where=sa.text('idempotency_key IS NOT NULL'),
    )
    op.drop_constraint('uq_deliveries_endpoint_idempotency_key', 'deliveries', type_='unique')
    op.add_column('automations', sa.Column('fires_on_pings', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('automations', sa.Column('fires_on_bots', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.create_table(
        'sessions',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('digest', sa.Text(), nullable=False),
        sa.Column('key_id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_sessions_key_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sessions')),
        sa.UniqueConstraint('digest', name=op.f('uq_sessions_digest')),
    )
    op.create_index('ix_sessions_key_id', 'sessions', ['key_id'])
    op.create_index('ix_sessions_expires_at', 'sessions', ['expires_at'])


def downgrade() -> None:
    op.drop_table('sessions')
    op.drop_column('automations', 'fires_on_bots')
    op.drop_column('automations', 'fires_on_pings')
    op.execute("UPDATE deliveries SET idempotency_key = NULL WHERE sender_id IS NOT NULL")
    op.create_unique_constraint('uq_deliveries_endpoint_idempotency_key', 'deliveries', ['endpoint', 'idempotency_key'])
    op.drop_index('uq_deliveries_endpoint_sender_key', table_name='deliveries')
    op.drop_column('deliveries', 'size')
    op.drop_column('deliveries', 'note')
    op.drop_column('deliveries', 'sender_id')
