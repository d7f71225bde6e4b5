"""Work in turns: order, the limits of a group and of all, and failures."""

import asyncio

import pytest

from workflows.steps.turns import in_turns


class Work:
    """Records what is going on at once."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.going: list[str] = []
        self.most: dict[str, int] = {}

    async def do(self, item: str) -> None:
        self.started.append(item)
        self.going.append(item)
        for group in ("a", "b"):
            self.most[group] = max(self.most.get(group, 0), sum(one.startswith(group) for one in self.going))
        self.most["all"] = max(self.most.get("all", 0), len(self.going))
        await asyncio.sleep(0)
        self.going.remove(item)


def of_groups(items: list[str]) -> list[tuple[str, str]]:
    return [(item[0], item) for item in items]


async def test_items_run_in_their_order_within_the_limits() -> None:
    work, items = Work(), ["a1", "b1", "a2", "b2", "a3", "a4", "b3"]
    await in_turns(of_groups(items), {"a": 2, "b": 5}, asyncio.Semaphore(3), work.do)
    assert work.started[:3] == ["a1", "b1", "a2"]
    assert sorted(work.started) == sorted(items)
    assert [one for one in work.started if one[0] == "a"] == ["a1", "a2", "a3", "a4"]
    assert work.most["a"] == 2
    assert work.most["all"] == 3


async def test_a_group_without_a_limit_runs_one_at_a_time() -> None:
    work = Work()
    await in_turns(of_groups(["a1", "a2", "a3"]), {}, asyncio.Semaphore(10), work.do)
    assert (work.started, work.most["a"]) == (["a1", "a2", "a3"], 1)


async def test_thousands_of_items_need_only_as_many_tasks_as_may_work() -> None:
    before, tasks = len(asyncio.all_tasks()), 0

    async def count(_: str) -> None:
        nonlocal tasks
        tasks = max(tasks, len(asyncio.all_tasks()) - before)

    await in_turns(of_groups(["a"] * 2000), {"a": 7}, asyncio.Semaphore(5), count)
    assert 0 < tasks <= 7


async def test_the_first_failure_is_raised() -> None:
    async def fail(item: str) -> None:
        raise ValueError(item)

    with pytest.raises(ValueError, match="a1"):
        await in_turns(of_groups(["a1", "a2"]), {"a": 1}, asyncio.Semaphore(1), fail)
