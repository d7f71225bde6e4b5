"""Indexes of deliveries by source, endpoint and outcome, of dead letters, and of what automations were offered.

Built concurrently, while deliveries arrive. A build that was interrupted leaves an invalid index, so each one is dropped
first.
"""

from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

NEWEST = 'received_at DESC, id DESC'
INDEXES = {
    'ix_deliveries_source': f'deliveries (source, outcome, {NEWEST})',
    'ix_deliveries_endpoint': f'deliveries (endpoint, outcome, {NEWEST})',
    'ix_deliveries_dead': f'deliveries ({NEWEST}) WHERE dead_reason IS NOT NULL',
    'ix_deliveries_replay_of': 'deliveries (replay_of) WHERE replay_of IS NOT NULL',
    'ix_delivery_matches_automation': 'delivery_matches (automation_id, outcome, at DESC, delivery_id DESC)',
}
REPLACED = 'ix_delivery_matches_filter_errors'


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {name}')
            op.execute(f'CREATE INDEX CONCURRENTLY {name} ON {columns}')
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {REPLACED}')


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {REPLACED}')
        op.execute(
            f'CREATE INDEX CONCURRENTLY {REPLACED} ON delivery_matches (automation_id, at DESC) '
            "WHERE outcome = 'filter_error'"
        )
        for name in INDEXES:
            op.execute(f'DROP INDEX CONCURRENTLY IF EXISTS {name}')
