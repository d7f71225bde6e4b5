"""Old runs and the content of old deliveries are deleted; statistics keep what the deleted runs counted."""

from alembic import op
import sqlalchemy as sa

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'run_retention',
        sa.Column('automation_id', sa.Uuid(), nullable=False),
        sa.Column('kept_from', sa.DateTime(timezone=True), nullable=True),
        sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name='fk_run_retention_automation_id_automations'),
        sa.PrimaryKeyConstraint('automation_id', name='pk_run_retention'),
    )
    op.create_index('ix_run_retention_checked_at', 'run_retention', ['checked_at'])
    op.add_column('deliveries', sa.Column('content_deleted_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_deliveries_with_content',
        'deliveries',
        ['received_at'],
        postgresql_where=sa.text('content_deleted_at IS NULL'),
    )
    op.create_index(
        'ix_runs_direct_finished',
        'runs',
        ['finished_at'],
        postgresql_where=sa.text('automation_id IS NULL AND parent_run_id IS NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_runs_direct_finished', table_name='runs')
    op.drop_index('ix_deliveries_with_content', table_name='deliveries')
    op.drop_column('deliveries', 'content_deleted_at')
    op.drop_table('run_retention')
