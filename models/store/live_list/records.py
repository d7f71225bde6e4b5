"""Automations and their statistics as plain records, for reading ten thousand at once.

Reading an attribute of a mapped row is a call of Python's, and the live list reads two hundred of each automation: the
rows cost more than everything that is computed from them. A record has the same attributes but for the large ones,
needs no session, and takes a fraction of the memory.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import make_dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.base import Base
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats

LEFT_OUT: Mapping[type[Base], frozenset[str]] = {
    Automation: frozenset({"payload", "schedule_keys", "secrets"}),
    Primitive: frozenset({"spec"}),
    AutomationStats: frozenset(),
}
"""Columns that no list shows; a payload may have a megabyte."""


async def automation_records(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Automation]:
    """Return those of these automations that exist, each with its primitive, as records that are only for reading."""
    record = _record(Automation, "primitive")
    rows = (await session.execute(select(*_columns(Automation)).where(among(Automation.id, ids)))).all()
    wanted = {row.primitive_id for row in rows}
    found = await session.execute(select(*_columns(Primitive)).where(among(Primitive.id, wanted)))
    primitives = {row.id: _record(Primitive)(*row) for row in found}
    return cast("list[Automation]", [record(*row, primitives[row.primitive_id]) for row in rows])


async def stats_records(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, AutomationStats]:
    """Return the statistics of these automations by id, as records that are only for reading."""
    query = select(*_columns(AutomationStats)).where(among(AutomationStats.automation_id, ids))
    found = [cast("AutomationStats", _record(AutomationStats)(*row)) for row in await session.execute(query)]
    return {one.automation_id: one for one in found}


def _names(table: type[Base]) -> list[str]:
    return [one.key for one in inspect(table).column_attrs if one.key not in LEFT_OUT[table]]


@cache
def _columns(table: type[Base]) -> tuple[Any, ...]:
    return tuple(getattr(table, name) for name in _names(table))


@cache
def _record(table: type[Base], *related: str) -> type[Any]:
    """Return a class with the columns and the properties of a table's class, and with related records."""
    own = {name: one for name, one in vars(table).items() if isinstance(one, property)}
    for name, one in inspect(table).all_orm_descriptors.items():
        if (get := getattr(one, "fget", None)) is not None:
            own[name] = property(get)
    return make_dataclass(f"{table.__name__}Record", [*_names(table), *related], slots=True, eq=False, namespace=own)
