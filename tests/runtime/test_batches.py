"""Batches: what arrives together is worked on together, and nothing that fails or hangs holds up the rest."""

import asyncio
from collections.abc import Sequence

import pytest

from models.errors import DatabaseBusy, DatabaseUnavailable, Invalid
from runtime import batches
from runtime.batches import Batches


async def test_what_arrives_together_is_one_batch_and_each_gets_its_own_answer() -> None:
    seen: list[list[int]] = []

    async def double(items: Sequence[int]) -> list[int]:
        seen.append(list(items))
        return [2 * one for one in items]

    doubling = Batches(double)
    assert await asyncio.gather(*(doubling.do(number) for number in range(250))) == [2 * one for one in range(250)]
    assert await doubling.do(7) == 14
    assert [len(batch) for batch in seen] == [batches.MOST, batches.MOST, 50, 1]
    assert doubling.asking == 0


async def test_what_arrives_during_a_batch_is_the_next_one() -> None:
    seen: list[list[int]] = []
    go_on = asyncio.Event()

    async def work(items: Sequence[int]) -> Sequence[int]:
        seen.append(list(items))
        await go_on.wait()
        return items

    working = Batches(work)
    asked = []
    for number in range(batches.AT_ONCE + 3):
        asked.append(asyncio.create_task(working.do(number)))
        await asyncio.sleep(0.01)
    assert seen == [[number] for number in range(batches.AT_ONCE)]
    assert working.asking == batches.AT_ONCE + 3
    go_on.set()
    assert await asyncio.gather(*asked) == list(range(batches.AT_ONCE + 3))
    assert seen[batches.AT_ONCE] == list(range(batches.AT_ONCE, batches.AT_ONCE + 3))


@pytest.mark.parametrize("error", [Invalid("odd"), DatabaseBusy("locked"), RuntimeError("broken")])
async def test_one_that_fails_fails_alone(error: Exception) -> None:
    async def work(items: Sequence[int]) -> Sequence[int]:
        if 3 in items:
            raise error
        return items

    working = Batches(work)
    answers = await asyncio.gather(*(working.do(number) for number in range(6)), return_exceptions=True)
    assert answers == [0, 1, 2, error, 4, 5]


async def test_without_a_database_all_fail_at_once() -> None:
    calls = 0

    async def work(items: Sequence[int]) -> Sequence[int]:
        nonlocal calls
        calls += 1
        raise DatabaseUnavailable("away")

    working = Batches(work)
    answers = await asyncio.gather(*(working.do(number) for number in range(6)), return_exceptions=True)
    assert all(isinstance(one, DatabaseUnavailable) for one in answers)
    assert calls == 1


async def test_a_caller_that_is_cancelled_leaves_the_others_alone() -> None:
    go_on = asyncio.Event()

    async def work(items: Sequence[int]) -> Sequence[int]:
        await go_on.wait()
        return items

    working = Batches(work)
    first, second = asyncio.create_task(working.do(1)), asyncio.create_task(working.do(2))
    await asyncio.sleep(0.01)
    first.cancel()
    go_on.set()
    assert await second == 2
    assert first.cancelled()
    assert await working.do(3) == 3
