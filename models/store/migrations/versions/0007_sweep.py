"""Sums wider than what is summed; accounting that keeps what an edit leaves open, backs off and says why; the sweep's age."""

from alembic import op
import sqlalchemy as sa

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

SUMS = ('cost_usd_sum', 'known_usd_sum')
COUNTS = ('started', 'completed', 'failed', 'cancelled', 'skipped', 'missed', 'duration_count', 'cost_count', 'agent_runs_sum')

KEEP_UNACCOUNTED = """
    CREATE FUNCTION keep_unaccounted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF OLD.source = 'schedule' AND OLD.is_active AND OLD.archived_at IS NULL AND OLD.cron_expr IS NOT NULL
            AND coalesce(OLD.accounted_until, OLD.created_at) < now()
        THEN
            INSERT INTO accounting_spans (automation_id, cron_expr, timezone, overlap, slowdown, slowdown_anchor, since, until)
            VALUES (OLD.id, OLD.cron_expr, OLD.timezone, OLD.overlap, OLD.slowdown, OLD.slowdown_anchor,
                    coalesce(OLD.accounted_until, OLD.created_at), now());
        END IF;
        IF NEW.is_active AND NEW.archived_at IS NULL THEN
            -- The end of a snooze says itself from when on due times count.
            IF OLD.paused_until IS NULL OR NEW.accounted_until IS NOT DISTINCT FROM OLD.accounted_until THEN
                NEW.accounted_until := greatest(now(), NEW.accounted_until);
            END IF;
            NEW.accounting_error := NULL;
            NEW.accounting_failures := 0;
            NEW.account_next_at := NULL;
        END IF;
        RETURN NEW;
    END $$
"""
SCHEDULE = ('source', 'cron_expr', 'timezone', 'overlap', 'slowdown', 'slowdown_anchor', 'is_active', 'archived_at')


def _row(which: str) -> str:
    return ', '.join(f'{which}.{column}' for column in SCHEDULE)


def upgrade() -> None:
    for table in ('automation_stats', 'automation_hours'):
        for column in SUMS:
            op.alter_column(table, column, type_=sa.Numeric(38, 8), existing_nullable=False, existing_server_default='0')
        for column in COUNTS:
            op.alter_column(table, column, type_=sa.BigInteger(), existing_nullable=False, existing_server_default='0')
    op.alter_column('runs', 'cost_usd', type_=sa.Numeric(38, 8), existing_nullable=True)
    op.create_index(
        'ix_runs_automation_finished', 'runs', ['automation_id', 'finished_at'],
        postgresql_where=sa.text('automation_id IS NOT NULL AND started_at IS NOT NULL'),
    )
    op.add_column('automations', sa.Column('accounting_error', sa.Text(), nullable=True))
    op.add_column('automations', sa.Column('accounting_failures', sa.Integer(), server_default='0', nullable=False))
    op.add_column('automations', sa.Column('account_next_at', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'accounting_spans',
        sa.Column('id', sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column('automation_id', sa.Uuid(), nullable=False),
        sa.Column('cron_expr', sa.Text(), nullable=False),
        sa.Column('timezone', sa.Text(), nullable=False),
        sa.Column('overlap', sa.Enum('skip', 'buffer_one', 'buffer_all', 'cancel_other', 'terminate_other', 'allow_all', name='overlap', native_enum=False, length=32, create_constraint=True), nullable=False),
        sa.Column('slowdown', sa.Integer(), nullable=True),
        sa.Column('slowdown_anchor', sa.DateTime(timezone=True), nullable=True),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
        sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_accounting_spans_automation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_accounting_spans')),
    )
    op.create_index('ix_accounting_spans_until', 'accounting_spans', ['until'])
    op.create_index(op.f('ix_accounting_spans_automation_id'), 'accounting_spans', ['automation_id'])
    op.create_table(
        'sweep_passes',
        sa.Column('part', sa.Text(), nullable=False),
        sa.Column('passed_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('part', name=op.f('pk_sweep_passes')),
    )
    op.execute(KEEP_UNACCOUNTED)
    op.execute(
        f"CREATE TRIGGER keep_unaccounted BEFORE UPDATE OF {', '.join(SCHEDULE)} ON automations FOR EACH ROW "
        f"WHEN (NEW.source = 'schedule' AND ({_row('OLD')}) IS DISTINCT FROM ({_row('NEW')})) "
        'EXECUTE FUNCTION keep_unaccounted()'
    )
    op.execute(
        'CREATE TRIGGER note_accounting AFTER UPDATE OF accounting_error ON automations FOR EACH ROW '
        'WHEN (OLD.accounting_error IS DISTINCT FROM NEW.accounting_error) EXECUTE FUNCTION note_automation()'
    )


def downgrade() -> None:
    op.execute('DROP TRIGGER note_accounting ON automations')
    op.execute('DROP FUNCTION keep_unaccounted() CASCADE')
    op.drop_table('sweep_passes')
    op.drop_table('accounting_spans')
    for column in ('account_next_at', 'accounting_failures', 'accounting_error'):
        op.drop_column('automations', column)
    op.drop_index('ix_runs_automation_finished', table_name='runs')
    op.alter_column('runs', 'cost_usd', type_=sa.Numeric(18, 8), existing_nullable=True)
    for table in ('automation_stats', 'automation_hours'):
        for column in SUMS:
            op.alter_column(table, column, type_=sa.Numeric(18, 8), existing_nullable=False, existing_server_default='0')
        for column in COUNTS:
            op.alter_column(table, column, type_=sa.Integer(), existing_nullable=False, existing_server_default='0')
