"""The administrator's key is marked by a column of its own: its maker's name could be anybody's. Runs have a note, as deliveries do; stuck ones
are found by an index."""

from alembic import op
import sqlalchemy as sa

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('api_keys', sa.Column('is_administrator', sa.Boolean(), server_default='false', nullable=False))
    # A key that the API made has a prefix of `podium_` and six characters, whatever its maker is called; the administrator's has six at most.
    op.execute("UPDATE api_keys SET is_administrator = true WHERE created_by = 'podium' AND length(prefix) <= 6")
    op.add_column('runs', sa.Column('note', sa.Text(), nullable=True))
    op.add_column('runs', sa.Column('pause_is_verified', sa.Boolean(), server_default='false', nullable=False))
    op.create_index('ix_runs_stuck', 'runs', ['root_run_id'], postgresql_where=sa.text("status = 'stuck'"))


def downgrade() -> None:
    op.drop_index('ix_runs_stuck', table_name='runs')
    op.drop_column('runs', 'pause_is_verified')
    op.drop_column('runs', 'note')
    op.drop_column('api_keys', 'is_administrator')
