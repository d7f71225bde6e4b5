"""The capacity of an agent counts for all of its callers; until now each campaign had a limit of its own.

A capacity of 1 was the default, so it cannot be told from one that was chosen: it becomes "no limit", which in campaigns
still means one at a time.
"""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('runs', sa.Column('agent_held_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('runs', sa.Column('takes_capacity', sa.Boolean(), server_default='false', nullable=False))
    op.create_index(
        'ix_runs_agent_held', 'runs', ['primitive_id', 'agent_held_at', 'id'],
        postgresql_where=sa.text("status = 'queued' AND agent_held_at IS NOT NULL"),
    )
    op.create_index(
        'ix_runs_capacity', 'runs', ['primitive_id'],
        postgresql_where=sa.text("takes_capacity AND status IN ('queued', 'running', 'waiting', 'stuck')"),
    )
    op.execute(
        "UPDATE primitives SET capacity = NULL, spec = jsonb_set(spec, '{capacity}', 'null') "
        "WHERE kind = 'agent' AND spec->>'capacity' = '1' AND capacity = 1"
    )


def downgrade() -> None:
    op.execute(
        "UPDATE primitives SET capacity = 1, spec = jsonb_set(spec, '{capacity}', '1') "
        "WHERE kind = 'agent' AND capacity IS NULL"
    )
    op.drop_index('ix_runs_capacity', 'runs')
    op.drop_index('ix_runs_agent_held', 'runs')
    op.drop_column('runs', 'takes_capacity')
    op.drop_column('runs', 'agent_held_at')
