"""Python agents that tests call."""

import asyncio
import os
import time
from collections import Counter
from json import loads  # noqa: F401 - imported, and so no agent, although it is listed
from typing import Any

from activities.runners.python import PythonCall

__podium_agents__ = (
    "count_calls",
    "ends_its_process",
    "far_too_much",
    "fails",
    "hangs",
    "junk",
    "later",
    "loads",
    "not_a_number",
    "who",
    "with_default",
    "with_nul",
)

_calls: Counter[str] = Counter()


def count_calls(input: Any) -> int:
    _calls[input["key"]] += 1
    return _calls[input["key"]]


async def later(input: int) -> int:
    await asyncio.sleep(0)
    return input * 2


def with_nul(input: Any) -> Any:
    return {"k\x00": ("a\x00b",)}


def who(input: Any, call: PythonCall) -> Any:
    return {"run": call.run_id, "attempt": call.attempt, "chain": call.chain}


def fails(input: Any) -> Any:
    raise ValueError("not today")


def junk(input: Any) -> Any:
    return object()


def not_a_number(input: Any) -> Any:
    return float("nan")


def far_too_much(input: Any) -> Any:
    return "x" * 2_000_000


def unlisted(input: Any) -> Any:
    return input


def hangs(input: Any) -> Any:
    time.sleep(600)


def ends_its_process(input: Any) -> Any:
    os._exit(7)


def with_default(input: Any, limit: int = 10) -> Any:
    return limit
