"""Flow control: runs that wait for their admission, and what is remembered by key."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

HELD = sa.text("status = 'queued' AND held_by IS NOT NULL")
SLOTS = sa.text(
    "status IN ('queued', 'running', 'waiting', 'stuck') AND held_by IS NULL AND automation_id IS NOT NULL"
)


def upgrade() -> None:
    for name in ('held_by', 'admission_key', 'throttle_key'):
        op.add_column('runs', sa.Column(name, sa.Text(), nullable=True))
    for name in ('ordered_at', 'not_before', 'start_by', 'admitted_at'):
        op.add_column('runs', sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column('runs', sa.Column('folded_into', sa.Uuid(), nullable=True))
    op.add_column('runs', sa.Column('gathers', sa.Boolean(), server_default='false', nullable=False))
    op.create_index(
        'ix_runs_held', 'runs', ['automation_id', 'admission_key', 'throttle_key', 'ordered_at', 'id'],
        postgresql_where=HELD,
    )
    op.create_index('ix_runs_queue', 'runs', ['automation_id', 'ordered_at', 'id'], postgresql_where=HELD)
    op.create_index('ix_runs_slots', 'runs', ['automation_id', 'admission_key'], postgresql_where=SLOTS)
    op.create_index('ix_runs_folded', 'runs', ['folded_into'], postgresql_where=sa.text('folded_into IS NOT NULL'))
    op.add_column(
        'automations',
        sa.Column('schedule_keys', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    )
    op.add_column('automations', sa.Column('admit_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_automations_admit_at', 'automations', ['admit_at'], postgresql_where=sa.text('admit_at IS NOT NULL')
    )
    op.create_table(
        'admission_keys',
        sa.Column('automation_id', sa.Uuid(), nullable=False),
        sa.Column(
            'purpose',
            sa.Enum(
                'throttle', 'rate_limit', 'idempotency', 'window',
                name='keypurpose', native_enum=False, length=32, create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('used_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('run_id', sa.Uuid(), nullable=True),
        sa.Column('since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('deliveries', sa.Integer(), server_default='1', nullable=False),
        sa.Column('bytes', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name='fk_admission_keys_automation_id'),
        sa.PrimaryKeyConstraint('automation_id', 'purpose', 'key', name='pk_admission_keys'),
    )
    op.create_index('ix_admission_keys_expires_at', 'admission_keys', ['expires_at'])


def downgrade() -> None:
    op.drop_table('admission_keys')
    op.drop_index('ix_automations_admit_at', 'automations')
    op.drop_column('automations', 'admit_at')
    op.drop_column('automations', 'schedule_keys')
    for name in ('ix_runs_folded', 'ix_runs_slots', 'ix_runs_queue', 'ix_runs_held'):
        op.drop_index(name, 'runs')
    for name in (
        'gathers', 'folded_into', 'admitted_at', 'start_by', 'not_before', 'ordered_at', 'throttle_key',
        'admission_key', 'held_by',
    ):
        op.drop_column('runs', name)
