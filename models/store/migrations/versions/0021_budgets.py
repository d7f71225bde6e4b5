"""Budgets of automations, primitives, kinds and everything; a budget of an automation becomes one of them."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

OPEN = "status IN ('queued', 'running', 'waiting', 'stuck')"
NOTE = (
    """
    CREATE FUNCTION note_budget(one budgets) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_changes('automation', VARIADIC ARRAY(
            SELECT id FROM automations WHERE archived_at IS NULL AND (
                one.scope = 'all' OR kind = one.kind OR primitive_id = one.primitive_id OR id = one.automation_id)));
    END $$
    """,
    """
    CREATE FUNCTION note_budget_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_budget(coalesce(NEW, OLD));
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION note_budget_month() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM note_budget(budgets) FROM budgets WHERE id = NEW.budget_id;
        RETURN NULL;
    END $$
    """,
    # A list shows which automations have no budget left.
    'CREATE TRIGGER note_made AFTER INSERT OR DELETE ON budgets FOR EACH ROW EXECUTE FUNCTION note_budget_changed()',
    'CREATE TRIGGER note_changed AFTER UPDATE OF action, limit_usd, timezone ON budgets FOR EACH ROW '
    'WHEN ((OLD.action, OLD.limit_usd, OLD.timezone) IS DISTINCT FROM (NEW.action, NEW.limit_usd, NEW.timezone)) '
    'EXECUTE FUNCTION note_budget_changed()',
    'CREATE TRIGGER note_stopped AFTER UPDATE OF stopped_at ON budget_months FOR EACH ROW '
    'WHEN ((OLD.stopped_at IS NULL) <> (NEW.stopped_at IS NULL)) EXECUTE FUNCTION note_budget_month()',
)


def upgrade() -> None:
    op.create_table(
        'budgets',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('scope', sa.Enum('all', 'kind', 'primitive', 'automation', name='budgetscope', native_enum=False, length=32, create_constraint=True), nullable=False),
        sa.Column('automation_id', sa.Uuid(), nullable=True),
        sa.Column('primitive_id', sa.Uuid(), nullable=True),
        sa.Column('kind', sa.Enum('agent', 'workflow', 'network', 'campaign', 'pulse', name='kind', native_enum=False, length=32, create_constraint=True), nullable=True),
        sa.Column('limit_usd', sa.Numeric(precision=18, scale=8), nullable=False),
        sa.Column('timezone', sa.Text(), server_default='UTC', nullable=False),
        sa.Column('warn_at_percent', postgresql.ARRAY(sa.Integer()), server_default=sa.text("'{80}'"), nullable=False),
        sa.Column('action', sa.Enum('stop', 'warn', name='budgetaction', native_enum=False, length=32, create_constraint=True), server_default='stop', nullable=False),
        sa.Column('estimate_usd', sa.Numeric(precision=18, scale=8), nullable=True),
        sa.Column('managed_by', sa.Text(), nullable=True),
        sa.Column('revision', sa.Integer(), server_default='1', nullable=False),
        sa.Column('look_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('recount_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.Column('created_by', sa.Text(), nullable=True),
        sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
        sa.CheckConstraint(
            "(scope = 'automation') = (automation_id IS NOT NULL)"
            " AND (scope = 'primitive') = (primitive_id IS NOT NULL) AND (scope = 'kind') = (kind IS NOT NULL)",
            name=op.f('ck_budgets_target'),
        ),
        sa.ForeignKeyConstraint(['automation_id'], ['automations.id'], name=op.f('fk_budgets_automation_id')),
        sa.ForeignKeyConstraint(['primitive_id'], ['primitives.id'], name=op.f('fk_budgets_primitive_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_budgets')),
    )
    for column in ('automation_id', 'primitive_id', 'kind'):
        op.create_index(f'uq_budgets_{column.removesuffix("_id")}', 'budgets', [column], unique=True)
    op.create_index('uq_budgets_all', 'budgets', ['scope'], unique=True, postgresql_where=sa.text("scope = 'all'"))
    for column in ('look_at', 'recount_at'):
        op.create_index(f'ix_budgets_{column}', 'budgets', [column], postgresql_where=sa.text(f'{column} IS NOT NULL'))
    op.create_table(
        'budget_months',
        sa.Column('budget_id', sa.Uuid(), nullable=False),
        sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('spent_usd', sa.Numeric(precision=38, scale=8), server_default='0', nullable=False),
        sa.Column('unknown_runs', sa.BigInteger(), server_default='0', nullable=False),
        sa.Column('told_percent', sa.Integer(), server_default='0', nullable=False),
        sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('refused_runs', sa.BigInteger(), server_default='0', nullable=False),
        sa.ForeignKeyConstraint(['budget_id'], ['budgets.id'], name=op.f('fk_budget_months_budget_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('budget_id', 'starts_at', name=op.f('pk_budget_months')),
    )
    op.create_table(
        'primitive_costs',
        sa.Column('primitive_id', sa.Uuid(), nullable=False),
        sa.Column('recent_costs', postgresql.JSONB(none_as_null=True), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(['primitive_id'], ['primitives.id'], name=op.f('fk_primitive_costs_primitive_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('primitive_id', name=op.f('pk_primitive_costs')),
    )
    op.add_column('runs', sa.Column('takes_budget', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('runs', sa.Column('reserved_usd', sa.Numeric(precision=38, scale=8), nullable=True))
    op.add_column('runs', sa.Column('budget_id', sa.Uuid(), nullable=True))
    op.add_column('runs', sa.Column('budget_held_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        'ix_runs_budget_held', 'runs', ['budget_id', 'automation_id', 'primitive_id', 'budget_held_at', 'id'],
        postgresql_where=sa.text("status = 'queued' AND budget_held_at IS NOT NULL"),
    )
    op.create_index('ix_runs_reserved', 'runs', ['primitive_id'], postgresql_where=sa.text(f'takes_budget AND {OPEN}'))
    for statement in NOTE:
        op.execute(statement)
    # Nobody was warned before; the sweep counts the month, and what is under way.
    op.execute(
        "INSERT INTO budgets (id, scope, automation_id, limit_usd, warn_at_percent, recount_at) "
        "SELECT gen_random_uuid(), 'automation', id, budget_usd_month, '{}', now() FROM automations "
        'WHERE budget_usd_month IS NOT NULL'
    )
    op.execute(
        "INSERT INTO budget_months (budget_id, starts_at, ends_at, spent_usd) SELECT b.id, m.at, m.at + interval '1 month', "
        'coalesce((SELECT sum(known_usd_sum) FROM automation_hours h WHERE h.automation_id = b.automation_id AND h.hour >= m.at), 0) '
        "FROM budgets b, (SELECT date_trunc('month', now(), 'UTC') AS at) m"
    )
    op.execute(
        'UPDATE runs SET takes_budget = true FROM budgets b '
        f'WHERE runs.automation_id = b.automation_id AND runs.{OPEN} AND runs.started_at IS NOT NULL'
    )


def downgrade() -> None:
    op.drop_index('ix_runs_reserved', 'runs')
    op.drop_index('ix_runs_budget_held', 'runs')
    for column in ('budget_held_at', 'budget_id', 'reserved_usd', 'takes_budget'):
        op.drop_column('runs', column)
    for function in ('note_budget_month()', 'note_budget_changed()', 'note_budget(budgets)'):
        op.execute(f'DROP FUNCTION {function} CASCADE')
    op.drop_table('primitive_costs')
    op.drop_table('budget_months')
    op.drop_table('budgets')
