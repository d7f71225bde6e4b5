"""How far spreading may move a schedule, where it was moved from, and the plans that move it."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('automations', sa.Column('slack_minutes', sa.Integer(), server_default='0', nullable=False))
    op.add_column('automations', sa.Column('spread_from', sa.Text(), nullable=True))
    op.create_table(
        'spread_plans',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('created_by', sa.Text(), nullable=False),
        sa.Column('answer', postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column('steps', postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('applied_by', sa.Text(), nullable=True),
        sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('undone_by', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_spread_plans')),
    )
    op.create_index(op.f('ix_spread_plans_created_at'), 'spread_plans', ['created_at'])


def downgrade() -> None:
    op.drop_table('spread_plans')
    op.drop_column('automations', 'spread_from')
    op.drop_column('automations', 'slack_minutes')
