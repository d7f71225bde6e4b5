"""A pause may have an end: a snooze. The audit log is found by actor and by action."""

from alembic import op
import sqlalchemy as sa

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('automations', sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_automations_paused_until', 'automations', ['paused_until'], postgresql_where=sa.text('paused_until IS NOT NULL'))
    op.create_index('ix_audit_log_actor', 'audit_log', ['actor', sa.text('at DESC'), sa.text('id DESC')])
    op.create_index('ix_audit_log_action', 'audit_log', ['action', sa.text('at DESC'), sa.text('id DESC')])


def downgrade() -> None:
    op.drop_index('ix_audit_log_action', table_name='audit_log')
    op.drop_index('ix_audit_log_actor', table_name='audit_log')
    op.drop_index('ix_automations_paused_until', table_name='automations')
    op.drop_column('automations', 'paused_until')
