"""A file's tests share a process, and all browser tests share two stacks."""

from collections import defaultdict

import pytest

from tests.support.distribution import ByFileAndStack, stacks


def test_tests_of_a_file_and_of_a_stack_share_a_scope() -> None:
    tests = ["tests/a.py::one", "tests/a.py::two[x@y]", "tests/b.py::one"]
    tests += [f"tests/web/{file}.py::{test}" for file, count in (("x", 5), ("y", 3), ("z", 2)) for test in range(count)]
    scheduler = ByFileAndStack.__new__(ByFileAndStack)
    scheduler.collection = tests
    scopes = defaultdict(list)
    for test in tests:
        scopes[scheduler._split_scope(test)].append(test)
    assert {scope: len(found) for scope, found in scopes.items()} == {
        "tests/a.py": 2,
        "tests/b.py": 1,
        "stack-0": 5,
        "stack-1": 5,
    }


def test_the_largest_files_are_spread_over_the_stacks() -> None:
    assert stacks(["a"] * 3 + ["b"] * 2 + ["c"]) == {"a": "stack-0", "b": "stack-1", "c": "stack-1"}


def test_xdist_uses_it(pytestconfig: pytest.Config) -> None:
    makers = pytestconfig.pluginmanager.hook.pytest_xdist_make_scheduler.get_hookimpls()
    assert any(maker.function.__module__.endswith("conftest") for maker in makers)
