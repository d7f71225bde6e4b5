"""Chains of runs that have fired one another: the run that began one, and the run that caused a delivery."""

from alembic import op
import sqlalchemy as sa

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('chain_id', sa.Uuid(), nullable=True))
    op.create_index('ix_runs_chain', 'runs', ['chain_id'], postgresql_where=sa.text('chain_id IS NOT NULL'))
    op.add_column('deliveries', sa.Column('caused_by', sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column('deliveries', 'caused_by')
    op.drop_index('ix_runs_chain', 'runs')
    op.drop_column('runs', 'chain_id')
