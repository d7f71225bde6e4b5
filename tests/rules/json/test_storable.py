"""Which values can be stored and sent on."""

from typing import Any

import pytest

from models.rules.json.storable import MAX_NESTING, TOO_DEEP, broken_text, nesting, shown, stored_json


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value, "b": "c"}
    return value


@pytest.mark.parametrize(("value", "depth"), [(1, 0), ("[[", 0), ([], 1), ({"a": []}, 2), ([1, [2], [[3]]], 3)])
def test_nesting_levels_are_counted(value: Any, depth: int) -> None:
    assert nesting(value) == depth


def test_counting_stops_at_the_limit() -> None:
    assert nesting(nested(100_000), 10) == 11


def test_a_value_that_nests_too_deeply_is_replaced_by_a_note() -> None:
    assert shown(nested(MAX_NESTING)) == nested(MAX_NESTING)
    assert shown(nested(MAX_NESTING + 1)) == TOO_DEEP
    assert stored_json("[" * 100_000 + "]" * 100_000) == TOO_DEEP


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("\x00", ""),
        ({"a": [{"b": "x\x00"}]}, "a[0].b"),
        ([["\ud800"]], "[0][0]"),
        ({"a": {"x\x00": 1}}, "a.x\\x00"),
    ],
)
def test_text_that_cannot_be_stored_is_found_with_its_path(value: Any, place: str) -> None:
    found = broken_text(value)
    assert found is not None
    assert found[0] == place


def test_valid_text_passes() -> None:
    assert broken_text({"grüße": ["𝄞", 1, None, True, 2.5]}) is None
