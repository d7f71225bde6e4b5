"""Documents kept in memory: made once for many, renewed while somebody looks, never older than their bound."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.lists import kept_documents
from api.lists.kept_documents import MOST_KEPT, KeptDocuments
from models.contracts.base import Contract
from tests.support.eventually import assert_eventually

LONG = timedelta(hours=1)
SOON = timedelta(milliseconds=10)


class Counted(Contract):
    number: int


class Maker:
    """Counts how often it is asked; fails while it is told to."""

    def __init__(self) -> None:
        self.made = 0
        self.fails = False

    async def __call__(self) -> Counted:
        self.made += 1
        # Others get their turn meanwhile.
        await asyncio.sleep(0)
        if self.fails:
            raise OSError("no database")
        return Counted(number=self.made)


@pytest.fixture
async def kept() -> AsyncIterator[KeptDocuments]:
    found = KeptDocuments()
    yield found
    await found.close()


async def test_many_who_ask_at_once_cause_one(kept: KeptDocuments) -> None:
    make = Maker()
    found = await asyncio.gather(*(kept.get("a", make, bound=LONG) for _ in range(20)))
    assert (make.made, {one.body for one in found}) == (1, {b'{"number":1}'})
    assert (await kept.get("b", make, bound=LONG)).body == b'{"number":2}'
    assert (await kept.get("a", make, bound=LONG, anew=True)).body == b'{"number":3}'


async def test_what_is_too_old_is_made_again_or_fails(kept: KeptDocuments) -> None:
    make = Maker()
    await kept.get("a", make, bound=LONG)
    make.fails = True
    with pytest.raises(OSError, match="no database"):
        await kept.get("a", make, bound=timedelta(0))
    # Young enough for those who are content with it.
    assert (await kept.get("a", make, bound=LONG)).body == b'{"number":1}'


async def test_it_is_renewed_only_while_somebody_asks(kept: KeptDocuments, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    monkeypatch.setattr(kept_documents, "LOOKED_AT", timedelta(milliseconds=100))
    await kept.get("a", make, bound=LONG, renew_every=SOON)

    async def renewed() -> None:
        assert make.made > 2

    await assert_eventually(renewed)
    assert (await kept.get("a", make, bound=LONG)).body != b'{"number":1}'

    async def at_rest() -> None:
        made = make.made
        await asyncio.sleep(0.05)
        assert make.made == made

    await assert_eventually(at_rest)


async def test_a_renewal_that_fails_keeps_trying(kept: KeptDocuments) -> None:
    make = Maker()
    await kept.get("a", make, bound=LONG, renew_every=SOON)
    make.fails = True
    before = make.made

    async def tried() -> None:
        assert make.made > before + 1

    await assert_eventually(tried)
    make.fails = False

    async def renewed() -> None:
        assert (await kept.get("a", make, bound=LONG)).body != b'{"number":1}'

    await assert_eventually(renewed)


async def test_only_so_many_are_kept(kept: KeptDocuments) -> None:
    make = Maker()
    for key in range(MOST_KEPT + 1):
        await kept.get(key, make, bound=LONG)
    await kept.get(1, make, bound=LONG)
    assert make.made == MOST_KEPT + 1
    await kept.get(0, make, bound=LONG)
    assert make.made == MOST_KEPT + 2
