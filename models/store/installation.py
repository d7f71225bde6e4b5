"""The facts that the processes of an installation must agree on: schema, keys and Temporal namespace."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import DoesNotBelong
from models.store.migrate import alembic_config
from models.store.tables.processes import InstallationFact

SECRET_KEY = "secret_key"
PAYLOAD_KEY = "payload_key"
NAMESPACE = "temporal_namespace"


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a process: fingerprints of its keys, newest first, and its Temporal namespace."""

    key_fingerprints: tuple[str, ...]
    namespace: str
    payload_key_fingerprints: tuple[str, ...] = ()
    """Empty: it does not encrypt payloads in Temporal."""


async def check_schema(session: AsyncSession) -> None:
    """Raise `DoesNotBelong` where the database is not migrated to this version.

    A database that a newer version has migrated is accepted: migrations only expand.
    """
    script = ScriptDirectory.from_config(alembic_config(""))
    try:
        found = set(await session.scalars(text("SELECT version_num FROM alembic_version")))
    except ProgrammingError:
        found = set()
    known = {revision.revision for revision in script.walk_revisions()}
    if not found or (found <= known and found != set(script.get_heads())):
        detail = "the database has no tables of Podium" if not found else "the database is of an older version"
        raise DoesNotBelong(detail, hint="Run `podium migrate`, then start again.")


async def check_identity(session: AsyncSession, mine: Identity) -> None:
    """Compare a process with the installation, or make it the installation's first; call it in a transaction.

    A process may put a new key in front of the installation's, which is then the new one's. One that lacks the
    installation's key could not read what is stored. The first process with a payload key turns encryption on for all.

    Raises:
        DoesNotBelong: one of its keys or its Temporal namespace is another one.
    """
    values = [{"name": name, "value": prints[0]} for name, prints in _keys(mine).items() if prints]
    values.append({"name": NAMESPACE, "value": mine.namespace})
    await session.execute(insert(InstallationFact).values(values).on_conflict_do_nothing())
    query = select(InstallationFact).order_by(InstallationFact.name).with_for_update(key_share=True)
    rows = await session.scalars(query)
    facts = {row.name: row for row in rows}
    _compare_all({name: row.value for name, row in facts.items()}, mine)
    for name, prints in _keys(mine).items():
        if name in facts:
            facts[name].value = prints[0]


async def check_still_belongs(session: AsyncSession, mine: Identity) -> None:
    """Compare a running process with the installation, and change nothing.

    Raises:
        DoesNotBelong: since it started, the installation has got a key or a Temporal namespace that it does not have.
    """
    rows = await session.scalars(select(InstallationFact))
    _compare_all({row.name: row.value for row in rows}, mine)


def _keys(mine: Identity) -> dict[str, tuple[str, ...]]:
    return {SECRET_KEY: mine.key_fingerprints, PAYLOAD_KEY: mine.payload_key_fingerprints}


def _compare_all(facts: Mapping[str, str], mine: Identity) -> None:
    if NAMESPACE in facts:
        _compare(facts[NAMESPACE], [mine.namespace], "Temporal namespace", "TEMPORAL_NAMESPACE")
    for name, prints in _keys(mine).items():
        if name in facts:
            noun = f"{name.replace('_', ' ')} with the fingerprint"
            _compare(facts[name], prints, noun, f"PODIUM_{name.upper()}")


def _compare(installed: str, mine: Collection[str], noun: str, variable: str) -> None:
    if installed not in mine:
        has = ", ".join(mine) or "none"
        raise DoesNotBelong(
            f"this database belongs to an installation with the {noun} {installed}; this process has {has}",
            field=variable,
            hint=f"Set {variable} as in the installation's other processes. "
            "If it was changed on purpose, run `podium migrate --forget-identity` first.",
        )
