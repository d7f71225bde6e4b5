"""Runs many pieces of work a few at a time, in order, with a limit per group and one over all."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

Item = TypeVar("Item")


async def in_turns(
    groups: Sequence[tuple[str, Item]],
    limits: Mapping[str, int],
    slots: asyncio.Semaphore,
    work: Callable[[Item], Awaitable[None]],
) -> None:
    """Do the work of each item; `groups` are items with their group, `limits` the most of a group at once (or one).

    Only as many asyncio tasks exist as may work: starting one per item takes longer than the two seconds that
    workflow code may run without a pause, when there are thousands.
    """
    waiting: dict[str, deque[Item]] = {}
    for group, item in groups:
        waiting.setdefault(group, deque()).append(item)

    async def runner(left: deque[Item]) -> None:
        while left:
            async with slots:
                # Another runner of the group may have taken the last one meanwhile.
                if left:
                    await work(left.popleft())

    runners: dict[str, int] = dict.fromkeys(waiting, 0)
    started: list[Awaitable[None]] = []
    # In the order of the items, so that groups take their first turns as their items are given.
    for group, _ in groups:
        if runners[group] < limits.get(group, 1):
            runners[group] += 1
            started.append(runner(waiting[group]))
    await asyncio.gather(*started)
