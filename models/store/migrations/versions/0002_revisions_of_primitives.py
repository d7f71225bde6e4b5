"""Revisions of primitives: who saves one that somebody else saved meanwhile is told."""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('primitives', sa.Column('revision', sa.Integer(), server_default='1', nullable=False))


def downgrade() -> None:
    op.drop_column('primitives', 'revision')
