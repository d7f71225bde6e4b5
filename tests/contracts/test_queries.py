"""Which queries of the live list leave something out."""

from typing import Any

import pytest

from models.contracts.queries import LiveQuery


@pytest.mark.parametrize(
    ("asked", "narrows", "is_all_live"),
    [
        ({}, False, True),
        ({"window": "all", "search": " "}, False, True),
        ({"archived": [False]}, False, True),
        ({"archived": [True, False]}, False, False),
        ({"archived": [True]}, True, False),
        ({"archived": [True, True]}, True, False),
        ({"archived": []}, True, False),
        ({"search": "nightly"}, True, False),
        ({"primitive": ["agent"]}, True, False),
        ({"startsFrom": "2026-03-02T00:00:00Z"}, True, False),
    ],
)
def test_a_query_narrows_if_it_leaves_out_a_live_automation(
    asked: dict[str, Any], narrows: bool, is_all_live: bool
) -> None:
    query = LiveQuery.model_validate(asked)
    assert (query.narrows, query.is_all_live) == (narrows, is_all_live)
