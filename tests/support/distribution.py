"""Which tests of a parallel run share a process, and which start first.

A file's tests share one, so that what the file sets up is set up once. All tests with a browser share two: each process
that runs one starts a stack with demo data, which takes 20 CPU seconds, and then a tenth of a core while it lives.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import pytest
from xdist.scheduler import LoadScopeScheduling

STACKS = 2
# The longest first, so that no process is left alone with them at the end.
FIRST = ("tests/web", "tests/e2e", "tests/runtime/test_stack.py", "tests/workflows", "tests/commands", "tests/api")


def longest_first(items: list[pytest.Item]) -> None:
    """Put the tests of the longest groups first."""
    items.sort(key=lambda item: _place(file_of(item.nodeid)))


class ByFileAndStack(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process all tests of a file, and all files of a stack.

    It is a scheduler of our own because xdist's `loadgroup` writes groups into the ids of tests, which pytest no longer
    reads from there: then every test would be a group of its own.
    """

    @cached_property
    def _stack_of(self) -> dict[str, str]:
        return stacks([file for file in map(file_of, self.collection or ()) if file.startswith("tests/web/")])

    def _split_scope(self, nodeid: str) -> str:
        file = file_of(nodeid)
        return self._stack_of.get(file, file)


def stacks(files: Sequence[str]) -> dict[str, str]:
    """Return the stack of each file: the next largest one goes to the stack with the fewest tests.

    Args:
        files: The file of each test.
    """
    tests = Counter[int]()
    found = {}
    for file, count in Counter(files).most_common():
        stack = min(range(STACKS), key=lambda stack: tests[stack])
        tests[stack] += count
        found[file] = f"stack-{stack}"
    return found


def file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _place(file: str) -> int:
    return next((place for place, start in enumerate(FIRST) if file.startswith(start)), len(FIRST))
