"""Revisions of primitives, so that two who edit one are told of each other; who sent what was sent by hand."""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('primitives', sa.Column('revision', sa.Integer(), server_default='1', nullable=False))
    op.add_column('deliveries', sa.Column('sent_by', sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column('deliveries', 'sent_by')
    op.drop_column('primitives', 'revision')
