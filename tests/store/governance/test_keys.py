import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.contracts.governance.keys import KeyDraft, NewKey
from models.errors import NotFound, SignInLinkUsed, Unauthenticated
from models.states import Scope
from models.store.governance import keys
from models.store.ids import fresh_id
from models.store.paging import PageRequest
from models.store.tables.governance import ApiKey
from runtime.database import Sessions, transaction

ADMIN, ROTATED = "a" * 32, "b" * 32


async def make(sessions: Sessions, name: str = "reader", scope: Scope = Scope.READ, by: str = "ann") -> NewKey:
    async with transaction(sessions) as session:
        return await keys.make_key(session, KeyDraft(name=name, scope=scope), by)


async def seed(sessions: Sessions, key: str) -> None:
    async with transaction(sessions) as session:
        await keys.ensure_admin_key(session, key)


async def lets_in(sessions: Sessions, key: str) -> bool:
    async with transaction(sessions) as session:
        return await keys.by_digest(session, keys.digest(key)) is not None


async def test_a_key_is_returned_once_and_only_its_sha_256_and_a_prefix_are_stored(sessions: Sessions) -> None:
    one, other = await make(sessions), await make(sessions)
    assert one.key != other.key
    assert one.key.startswith("podium_")
    assert len(one.key) >= len("podium_") + 43, "32 random bytes"
    async with transaction(sessions) as session:
        row = await session.get_one(ApiKey, one.id)
        assert row.digest == hashlib.sha256(one.key.encode()).hexdigest()
        assert row.prefix == one.key[: len("podium_") + 6]
        assert one.key not in {str(value) for value in vars(row).values()}
        listed = await keys.page(session, PageRequest(10, None))
    assert one.key not in listed.model_dump_json()


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_key_is_found_by_its_secret(sessions: Sessions, scope: Scope) -> None:
    made = await make(sessions, scope=scope)
    async with transaction(sessions) as session:
        found = await keys.by_digest(session, keys.digest(made.key))
        assert found
        assert (found.id, found.scope, found.created_by) == (made.id, scope, "ann")
        assert await keys.by_digest(session, keys.digest(made.key + "x")) is None
        assert await keys.by_digest(session, made.key) is None, "a key is not its digest"


@pytest.mark.parametrize(
    ("held", "needed", "covered"),
    [
        (Scope.READ, Scope.READ, True),
        (Scope.READ, Scope.OPERATE, False),
        (Scope.OPERATE, Scope.READ, True),
        (Scope.OPERATE, Scope.ADMIN, False),
        (Scope.ADMIN, Scope.OPERATE, True),
    ],
)
def test_a_scope_contains_the_ones_below_it(held: Scope, needed: Scope, covered: bool) -> None:
    assert held.covers(needed) is covered


async def test_a_revoked_key_stays_listed_and_is_refused(sessions: Sessions) -> None:
    made, kept = await make(sessions, "one"), await make(sessions, "two")
    async with transaction(sessions) as session:
        await keys.revoke(session, made.id)
    async with transaction(sessions) as session:
        assert await keys.by_digest(session, keys.digest(made.key)) is None
        assert await keys.by_id(session, made.id) is None
        assert await keys.by_id(session, kept.id) is not None
        with pytest.raises(NotFound):
            await keys.revoke(session, made.id)
        listed = (await keys.page(session, PageRequest(10, None))).items
    assert [(one.name, one.revoked_at is not None) for one in listed] == [("two", False), ("one", True)]


async def test_an_unknown_key_cannot_be_revoked(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        with pytest.raises(NotFound):
            await keys.revoke(session, fresh_id())


async def test_a_new_administrator_key_replaces_the_earlier_one_and_no_other(sessions: Sessions) -> None:
    made = await make(sessions)
    await asyncio.gather(*(seed(sessions, ADMIN) for _ in range(3)))
    assert await lets_in(sessions, ADMIN)
    await seed(sessions, ROTATED)
    assert [await lets_in(sessions, key) for key in (ADMIN, ROTATED, made.key)] == [False, True, True]
    async with transaction(sessions) as session:
        rows = await session.scalars(select(ApiKey).where(ApiKey.is_administrator))
        assert sorted((row.digest, row.scope) for row in rows) == sorted(
            (keys.digest(key), Scope.ADMIN) for key in (ADMIN, ROTATED)
        )
        assert (await keys.administrator(session)).digest == keys.digest(ROTATED)


async def test_a_key_whose_maker_has_podium_s_name_is_not_the_administrator_s(sessions: Sessions) -> None:
    await seed(sessions, ADMIN)
    made = await make(sessions, "podium", Scope.ADMIN, by="podium")
    async with transaction(sessions) as session:
        assert (await keys.administrator(session)).digest == keys.digest(ADMIN)
        listed = (await keys.page(session, PageRequest(10, None))).items
    assert [(one.name, one.is_administrator) for one in listed] == [("podium", False), ("administrator", True)]
    await seed(sessions, ROTATED)
    assert await lets_in(sessions, made.key), "the new administrator's key replaces only the administrator's"


async def test_an_administrator_key_that_was_replaced_can_be_configured_again(sessions: Sessions) -> None:
    for key in (ADMIN, ROTATED, ADMIN):
        await seed(sessions, key)
    assert [await lets_in(sessions, key) for key in (ADMIN, ROTATED)] == [True, False]


async def test_an_administrator_key_that_somebody_revoked_stays_revoked(sessions: Sessions) -> None:
    await seed(sessions, ADMIN)
    async with transaction(sessions) as session:
        await keys.revoke(session, (await keys.administrator(session)).id)
    for key in (ADMIN, ROTATED, ADMIN):
        await seed(sessions, key)
    assert not await lets_in(sessions, ADMIN)


async def test_without_an_administrator_key_sign_in_is_impossible(sessions: Sessions) -> None:
    await make(sessions, scope=Scope.ADMIN)
    async with transaction(sessions) as session:
        with pytest.raises(Unauthenticated):
            await keys.administrator(session)


@pytest.mark.parametrize(("secret", "shown"), [("a" * 40, "a" * 6), ("abcdefgh", "ab"), ("abc", "")])
def test_at_most_a_quarter_of_a_short_secret_is_shown(secret: str, shown: str) -> None:
    assert keys.shown_part(secret) == shown


async def test_use_is_recorded_once_a_minute_and_never_waits_for_a_lock(sessions: Sessions) -> None:
    made, now = await make(sessions), datetime(2026, 3, 2, 12, tzinfo=UTC)

    async def touch(at: datetime) -> datetime | None:
        async with transaction(sessions) as session:
            await keys.touch(session, await session.get_one(ApiKey, made.id), at)
        async with transaction(sessions) as session:
            return (await session.get_one(ApiKey, made.id)).last_used_at

    assert await touch(now) == now
    assert await touch(now + timedelta(seconds=59)) == now
    later = now + timedelta(seconds=61)
    async with transaction(sessions) as holder:
        await holder.get_one(ApiKey, made.id, with_for_update=True)
        assert await asyncio.wait_for(touch(later), 5) == now
    assert await touch(later) == later


async def test_a_sign_in_token_works_once_even_with_concurrent_requests(sessions: Sessions) -> None:
    async def spend(nonce: str) -> bool:
        try:
            async with transaction(sessions) as session:
                await keys.spend_token(session, nonce)
        except SignInLinkUsed:
            return False
        return True

    assert sorted(await asyncio.gather(*(spend("one") for _ in range(4)))) == [False, False, False, True]
    assert await spend("two")
