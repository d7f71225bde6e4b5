"""Applies migrations. An advisory lock makes it safe to start several processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool, text

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_KEY = 7_305_316_001


def alembic_config(url: str) -> Config:
    """Return Alembic's configuration for a `postgresql+psycopg://` URL; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str, *, forget_identity: bool = False) -> None:
    """Apply all missing migrations; `forget_identity` accepts other keys and another Temporal namespace."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        command.upgrade(alembic_config(url), "head")
        if forget_identity:
            connection.execute(
                text("DELETE FROM installation WHERE name IN ('secret_key', 'payload_key', 'temporal_namespace')")
            )
            connection.commit()
    engine.dispose()
