"""Dependencies that fire: the end of one automation's run starts a run of another."""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        'dependencies',
        sa.Column(
            'fire_when',
            sa.Enum('completed', 'failed', 'finished', name='firewhen', native_enum=False, length=32, create_constraint=True),
            nullable=True,
        ),
    )
    op.add_column('dependencies', sa.Column('pass_payload', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('automations', sa.Column('fires_dependents', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('runs', sa.Column('chain_depth', sa.SmallInteger(), server_default='0', nullable=False))
    op.create_index('ix_deliveries_pending', 'deliveries', ['received_at'], postgresql_where=sa.text("outcome = 'pending'"))


def downgrade() -> None:
    op.drop_index('ix_deliveries_pending', 'deliveries')
    op.drop_column('runs', 'chain_depth')
    op.drop_column('automations', 'fires_dependents')
    op.drop_column('dependencies', 'pass_payload')
    op.drop_column('dependencies', 'fire_when')
