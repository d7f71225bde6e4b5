"""Bring the database's tables to this version of the code; safe to call from several processes at once."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

# Any constant of ours: the second of two migrating processes waits for the first and finds nothing to do.
_MIGRATION_LOCK = 7_066_143


def migrate(database_url: str, *, revision: str = "head") -> None:
    """Apply every migration up to `revision`; `env.py` finds the connection in `config.attributes`."""
    engine = create_engine(database_url, connect_args={"connect_timeout": 10})
    config = Config()
    config.set_main_option("script_location", str(files("models.store").joinpath("migrations")))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
    finally:
        engine.dispose()
