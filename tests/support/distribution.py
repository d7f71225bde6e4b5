"""Which tests of a parallel run share a process, and which start first.

A file's tests share one, so that what the file sets up is set up once. All tests with a browser share two: each process
that runs one starts a stack with demo data, which takes 20 CPU seconds, and then a tenth of a core while it lives.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

import pytest

STACKS = 2
# The longest first, so that no process is left alone with them at the end.
FIRST = ("tests/web", "tests/e2e", "tests/runtime/test_stack.py", "tests/workflows", "tests/commands", "tests/api")


def distribute(items: list[pytest.Item]) -> None:
    """Mark each test with its group for xdist, and put the tests of the longest groups first."""
    stacks = _stacks([file for file in map(_file, items) if file.startswith("tests/web/")])
    for item in items:
        item.add_marker(pytest.mark.xdist_group(stacks.get(_file(item), PurePath(_file(item)).stem)))
    items.sort(key=lambda item: _place(_file(item)))


def _stacks(files: Sequence[str]) -> dict[str, str]:
    """Return the stack of each file: the next largest one goes to the stack with the fewest tests."""
    tests = Counter[int]()
    found = {}
    for file, count in Counter(files).most_common():
        stack = min(range(STACKS), key=lambda stack: tests[stack])
        tests[stack] += count
        found[file] = f"stack-{stack}"
    return found


def _place(file: str) -> int:
    return next((place for place, start in enumerate(FIRST) if file.startswith(start)), len(FIRST))


def _file(item: pytest.Item) -> str:
    return PurePath(item.nodeid.partition("::")[0]).as_posix()
