"""What a list shows of an output."""

import pytest
from pydantic import JsonValue

from models.rules.runs.preview import preview


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (None, None),
        ("done", "done"),
        ("two\n lines", "two lines"),
        ({"last": {"agent": "scout", "output": {"text": "found it"}}}, "found it"),
        ({"text": "", "answer": "yes"}, "yes"),
        ({"score": 3}, '{"score":3}'),
        (["ä", 1], '["ä",1]'),
        ("", '""'),
    ],
)
def test_the_text_is_found_wherever_a_kind_keeps_it(output: JsonValue, shown: str | None) -> None:
    assert preview(output) == shown


def test_a_long_output_is_cut() -> None:
    assert len(preview(["a" * 1000]) or "") == 200
