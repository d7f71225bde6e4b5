"""What the processes of an installation have to agree on: schema, secret key and Temporal namespace."""

from collections.abc import Collection
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
NAMESPACE = "temporal_namespace"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a process brings along: the fingerprints of its secret keys, newest first, and its Temporal namespace."""

    key_fingerprints: tuple[str, ...]
    namespace: str


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

    A process may put a new secret key in front of the installation's, which is then the new one's. One that lacks the
    installation's key could not read what is stored.

    Raises:
        DoesNotBelong: its secret key or Temporal namespace is another one.
    """
    values = [
        {"name": SECRET_KEY, "value": mine.key_fingerprints[0]},
        {"name": NAMESPACE, "value": mine.namespace},
    ]
    await session.execute(insert(InstallationFact).values(values).on_conflict_do_nothing())
    rows = await session.scalars(select(InstallationFact).order_by(InstallationFact.name).with_for_update())
    facts = {row.name: row for row in rows}
    _compare(facts[NAMESPACE].value, [mine.namespace], "Temporal namespace", "TEMPORAL_NAMESPACE")
    _compare(facts[SECRET_KEY].value, mine.key_fingerprints, "secret key with the fingerprint", "PODIUM_SECRET_KEY")
    facts[SECRET_KEY].value = mine.key_fingerprints[0]


def _compare(installed: str, mine: Collection[str], noun: str, variable: str) -> None:
    if installed not in mine:
        raise DoesNotBelong(
            f"this database belongs to an installation with the {noun} {installed}; this process has {', '.join(mine)}",
            field=variable,
            hint=f"Set {variable} as in the installation's other processes. "
            "If it was changed on purpose, run `podium migrate --forget-identity` first.",
        )
