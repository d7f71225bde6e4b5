"""Large values of Temporal's workflows are stored beside the runs."""

from alembic import op
import sqlalchemy as sa

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'temporal_payloads',
        sa.Column('sha256', sa.LargeBinary(), nullable=False),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('stored_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
        sa.PrimaryKeyConstraint('sha256', name='pk_temporal_payloads'),
    )
    op.create_index('ix_temporal_payloads_stored_at', 'temporal_payloads', ['stored_at'])


def downgrade() -> None:
    op.drop_table('temporal_payloads')
