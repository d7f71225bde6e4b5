"""Agent calls are claimed, callbacks are awaited without a worker, processes register."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('called_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('runs', sa.Column('call_owner', sa.Text(), nullable=True))
    op.add_column('runs', sa.Column('call_attempt', sa.Integer(), nullable=True))
    op.add_column('runs', sa.Column('call_failures', sa.Integer(), server_default='0', nullable=False))
    op.add_column('runs', sa.Column('callback_until', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'worker_processes',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('slots', postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column('used', postgresql.JSONB(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_worker_processes'),
    )
    op.create_table(
        'installation',
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.Column('set_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.PrimaryKeyConstraint('name', name='pk_installation'),
    )


def downgrade() -> None:
    op.drop_table('installation')
    op.drop_table('worker_processes')
    for column in ('callback_until', 'call_failures', 'call_attempt', 'call_owner', 'called_at'):
        op.drop_column('runs', column)
