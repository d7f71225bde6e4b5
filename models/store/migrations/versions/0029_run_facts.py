"""What explains a run later: the step that a child run carries out, and what workflows record of steps and runs."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

COLUMNS = {'runs': ('step_path', 'facts'), 'run_steps': ('facts',)}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            kind = postgresql.JSONB(none_as_null=True) if column == 'facts' else sa.Text()
            op.add_column(table, sa.Column(column, kind, nullable=True))


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
