"""The migrations create exactly the tables that the code declares, and keep what the rows before them mean."""

import asyncio

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.store.governance.keys import PREFIX
from models.store.ids import fresh_id
from models.store.migrate import alembic_config
from models.store.tables.registry import metadata


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_match_the_models(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_the_administrator_s_key_is_told_from_keys_whose_maker_is_called_podium(engine: AsyncEngine) -> None:
    config = alembic_config(engine.url.render_as_string(hide_password=False))
    await asyncio.to_thread(command.downgrade, config, "0013")
    insert = text(
        "INSERT INTO api_keys (id, name, prefix, digest, scope, created_by)"
        " VALUES (:id, :name, :prefix, :name, 'admin', :by)"
    )
    rows = [
        ("administrator", "podium", "podium"),
        ("replaced", "", "podium"),
        ("made", f"{PREFIX}abcdef", "podium"),
        ("anns", f"{PREFIX}abcdef", "ann"),
    ]
    async with engine.begin() as connection:
        for name, prefix, by in rows:
            await connection.execute(insert, {"id": fresh_id(), "name": name, "prefix": prefix, "by": by})
    await asyncio.to_thread(command.upgrade, config, "head")
    async with engine.connect() as connection:
        found = await connection.scalars(text("SELECT name FROM api_keys WHERE is_administrator ORDER BY name"))
        assert found.all() == ["administrator", "replaced"]
