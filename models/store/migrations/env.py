"""Runs migrations on the URL that `podium migrate` gives; synchronous, one transaction for each.

Indexes of large tables are built concurrently, outside of a transaction (`autocommit_block`), so that runs go on.
"""

from alembic import context
from sqlalchemy import create_engine, pool

from models.store.tables.registry import metadata


def run() -> None:
    """Bring the database that `sqlalchemy.url` names to the head revision, or write the SQL when offline."""
    url = context.config.get_main_option("sqlalchemy.url")
    if context.is_offline_mode():
        context.configure(url=url, target_metadata=metadata, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = create_engine(url or "", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()
