"""Processes with another schema, secret key or Temporal namespace refuse to start."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import DoesNotBelong
from models.store.installation import Identity, check_identity, check_schema, check_still_belongs


async def test_another_secret_key_is_refused_and_a_rotation_is_accepted(session: AsyncSession) -> None:
    await check_identity(session, Identity(("old",), "default"))
    with pytest.raises(DoesNotBelong, match="secret key with the fingerprint old; this process has other"):
        await check_identity(session, Identity(("other",), "default"))
    await check_identity(session, Identity(("new", "old"), "default"))
    await check_identity(session, Identity(("new",), "default"))
    with pytest.raises(DoesNotBelong):
        await check_identity(session, Identity(("old",), "default"))


async def test_a_running_process_belongs_until_a_key_is_rotated_that_it_does_not_have(session: AsyncSession) -> None:
    old, both = Identity(("old",), "default"), Identity(("old", "new"), "default")
    await check_still_belongs(session, old)
    await check_identity(session, old)
    await check_still_belongs(session, old)
    await check_identity(session, Identity(("new", "old"), "default"))
    await check_still_belongs(session, both)
    with pytest.raises(DoesNotBelong, match="secret key with the fingerprint new; this process has old"):
        await check_still_belongs(session, old)
    await check_identity(session, Identity(("new",), "default", ("p1",)))
    with pytest.raises(DoesNotBelong, match="payload key"):
        await check_still_belongs(session, both)


async def test_a_payload_key_can_be_turned_on_and_rotated_but_not_left_out(session: AsyncSession) -> None:
    await check_identity(session, Identity(("key",), "default"))
    await check_identity(session, Identity(("key",), "default", ("p1",)))
    with pytest.raises(DoesNotBelong, match="payload key with the fingerprint p1; this process has none") as refusal:
        await check_identity(session, Identity(("key",), "default"))
    assert refusal.value.field == "PODIUM_PAYLOAD_KEY"
    with pytest.raises(DoesNotBelong, match="this process has p2"):
        await check_identity(session, Identity(("key",), "default", ("p2",)))
    await check_identity(session, Identity(("key",), "default", ("p2", "p1")))
    await check_identity(session, Identity(("key",), "default", ("p2",)))


async def test_another_namespace_is_refused(session: AsyncSession) -> None:
    await check_identity(session, Identity(("key",), "default"))
    with pytest.raises(DoesNotBelong, match="Temporal namespace default") as refusal:
        await check_identity(session, Identity(("key",), "staging"))
    assert refusal.value.field == "TEMPORAL_NAMESPACE"


async def test_a_database_of_an_older_version_names_the_command(session: AsyncSession) -> None:
    await check_schema(session)
    await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(DoesNotBelong) as refusal:
        await check_schema(session)
    assert "podium migrate" in (refusal.value.hint or "")
    await session.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(DoesNotBelong, match="no tables"):
        await check_schema(session)
