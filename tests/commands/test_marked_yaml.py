"""YAML is read as what JSON would say, and every value knows its line."""

import pytest

from commands.marked_yaml import read_yaml
from models.errors import Invalid

TEXT = """\
# a comment
primitives:
  - {kind: agent, slug: scout}
automations:
  - slug: a
    schedule:
      cronExpr: "0 22 * * *"
  - slug: b
    on: 2026-01-01
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("primitives", 2),
        ("primitives[0].slug", 3),
        ("automations[0].schedule.cronExpr", 7),
        ("automations[0].schedule.timezone", 6),
        ("automations[1]", 8),
        ("automations[1].on", 9),
        ("automations[7].slug", 4),
        ("elsewhere", 2),
        ("", 2),
    ],
)
def test_a_place_has_its_line_and_a_missing_one_that_of_what_is_above(place: str, line: int) -> None:
    assert read_yaml(TEXT).line_of(place) == line


def test_text_stays_text() -> None:
    assert read_yaml(TEXT).value["automations"][1] == {"slug": "b", "on": "2026-01-01"}
    assert read_yaml("a: yes\nb: true\nc: 1\nd: null\ne: 0.5").value == {
        "a": "yes",
        "b": True,
        "c": 1,
        "d": None,
        "e": 0.5,
    }


def test_anchors_and_merges_work() -> None:
    text = "base: &base {a: 1, b: 2}\nlist:\n  - <<: *base\n    b: 3\n"
    assert read_yaml(text).value["list"] == [{"a": 1, "b": 3}]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", "1", "nothing"),
        ("# only a comment\n", "1", "nothing"),
        ("a: 1\na: 2\n", "2", "twice"),
        ("a:\n  - b: [1\n", "3", "expected"),
        ("a: 1\n\tb: 2\n", "2", "start"),
        ("a: 1\n---\nb: 2\n", "2", "document"),
        ("a: 1\nb: .inf\n", "2", "no number"),
        ("a: 1\n? [1, 2]\n: 3\n", "2", "plain text"),
        ("a: !!python/object:os.system x\n", "1", "python"),
        ("a: *nobody\n", "1", "alias"),
        ("a: &x\n  - *x\n", "1", "itself"),
        ("a: 1\nb: \x00\n", "2", "no place"),
        ("a: 1\nb: " + "[" * 64 + "]" * 64, "2", "nested too deeply"),
        ("a: 1\nb: " + "[" * 3000 + "]" * 3000, "2", "nested too deeply"),
    ],
)
def test_what_cannot_be_read_names_its_line(text: str, line: str, part: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_yaml(text)
    assert refused.value.field == line
    assert part in refused.value.detail
