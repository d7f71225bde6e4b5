"""The outcome of a delivery for each automation that listened, so that a filter's error is not mistaken for no match."""

from alembic import op
import sqlalchemy as sa

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'delivery_matches',
        sa.Column('delivery_id', sa.Uuid(), nullable=False),
        sa.Column('automation_id', sa.Uuid(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['delivery_id'], ['deliveries.id'], name='fk_delivery_matches_delivery_id_deliveries', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name='fk_delivery_matches_automation_id_automations', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('delivery_id', 'automation_id', name='pk_delivery_matches'),
    )
    op.create_index('ix_delivery_matches_filter_errors', 'delivery_matches', ['automation_id', sa.text('at DESC')], postgresql_where=sa.text("outcome = 'filter_error'"))


def downgrade() -> None:
    op.drop_table('delivery_matches')
