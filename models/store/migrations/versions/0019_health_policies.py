"""What a health policy needs beside its threshold: when it counts as recovered, probes, damping, and notices."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

COLUMNS = (
    sa.Column('health_recover_threshold', sa.Integer(), nullable=True),
    sa.Column('health_probe_minutes', sa.Integer(), nullable=True),
    sa.Column('health_probe_max_minutes', sa.Integer(), server_default='1440', nullable=False),
    sa.Column('health_probe_successes', sa.Integer(), server_default='1', nullable=False),
    sa.Column('health_trips', sa.Integer(), server_default='0', nullable=False),
    sa.Column('health_tripped_at', sa.ARRAY(sa.DateTime(timezone=True)), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('health_probe_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('health_probe_run_id', sa.Uuid(), nullable=True),
    sa.Column('health_probes_passed', sa.Integer(), server_default='0', nullable=False),
)
SHOWN = ('health_trips', 'health_probe_at', 'health_probe_run_id', 'health_probes_passed')


def _row(which: str) -> str:
    return ', '.join(f'{which}.{column}' for column in SHOWN)


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column('automations', column)
    op.create_index('ix_automations_health_probe_at', 'automations', ['health_probe_at'], postgresql_where=sa.text('health_probe_at IS NOT NULL'))
    op.add_column('runs', sa.Column('probe', sa.Boolean(), server_default='false', nullable=False))
    op.create_table(
        'notices',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('severity', sa.Enum('info', 'warning', 'critical', name='noticeseverity', native_enum=False, length=32, create_constraint=True), nullable=False),
        sa.Column('automation_id', sa.Uuid(), nullable=True),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('repeats', sa.Integer(), server_default='0', nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('seen_by', sa.Text(), nullable=True),
        sa.Column('send_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('deliveries', postgresql.JSONB(none_as_null=True), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_notices_automation_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    )
    op.create_index('ix_notices_at', 'notices', [sa.text('at DESC'), sa.text('id DESC')])
    op.create_index('ix_notices_unseen', 'notices', ['id'], postgresql_where=sa.text('seen_at IS NULL'))
    op.create_index('ix_notices_send_at', 'notices', ['send_at'], postgresql_where=sa.text('send_at IS NOT NULL'))
    op.create_index('ix_notices_automation', 'notices', ['automation_id', sa.text('at DESC')])
    # Probes change without a new revision: nothing of them is in Temporal's schedule.
    op.execute(
        f"CREATE TRIGGER note_health AFTER UPDATE OF {', '.join(SHOWN)} ON automations FOR EACH ROW "
        f"WHEN (({_row('OLD')}) IS DISTINCT FROM ({_row('NEW')})) EXECUTE FUNCTION note_automation()"
    )


def downgrade() -> None:
    op.execute('DROP TRIGGER note_health ON automations')
    op.drop_table('notices')
    op.drop_column('runs', 'probe')
    op.drop_index('ix_automations_health_probe_at', table_name='automations')
    for column in COLUMNS:
        op.drop_column('automations', column.name)
