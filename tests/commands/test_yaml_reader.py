"""YAML is read with JSON's types, and every value has its line."""

import pytest

from commands.declarations.yaml_reader import read_yaml
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
def test_a_path_has_a_line_and_a_missing_one_has_that_of_its_parent(place: str, line: int) -> None:
    assert read_yaml(TEXT).line_of(place) == line


def test_plain_text_is_not_converted() -> None:
    assert read_yaml(TEXT).value["automations"][1] == {"slug": "b", "on": "2026-01-01"}
    assert read_yaml("a: yes\nb: true\nc: 1\nd: null\ne: 0.5").value == {
        "a": "yes",
        "b": True,
        "c": 1,
        "d": None,
        "e": 0.5,
    }


def test_numbers_follow_the_core_schema_of_yaml_1_2() -> None:
    text = "a: 22:30\nb: 01234\nc: 52:54:00:44:49:56\nd: {op: =}\ne: 0o17\nf: 0x1F\n"
    text += "g: 1_000\nh: 012e1\ni: 9007199254740993"
    assert read_yaml(text).value == {
        "a": "22:30",
        "b": 1234,
        "c": "52:54:00:44:49:56",
        "d": {"op": "="},
        "e": 15,
        "f": 31,
        "g": "1_000",
        "h": 120.0,
        "i": 9007199254740993,
    }


def test_a_decimal_is_read_if_its_double_prints_as_it() -> None:
    text = "a: 0.10000000000000001\nb: 0e99999999999999999999\nc: 1.50000000000000000000"
    assert read_yaml(text).value == {"a": 0.1, "b": 0.0, "c": 1.5}


def test_merge_keys_are_read_once_and_alias_expansion_is_bounded() -> None:
    merges = ["a0: &a0 {k: v}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 19))]
    assert read_yaml("\n".join(merges)).value["a18"] == {"k": "v"}
    bomb = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    with pytest.raises(Invalid, match="aliases expand"):
        read_yaml("\n".join(bomb))


def test_anchors_and_merges_work() -> None:
    text = "base: &base {a: 1, b: 2}\nlist:\n  - <<: *base\n    b: 3\n"
    assert read_yaml(text).value["list"] == [{"a": 1, "b": 3}]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", "1", "empty"),
        ("# only a comment\n", "1", "empty"),
        ("a: 1\na: 2\n", "2", "twice"),
        ("a:\n  - b: [1\n", "3", "expected"),
        ("a: 1\n\tb: 2\n", "2", "start"),
        ("a: 1\n---\nb: 2\n", "2", "document"),
        ("a: 1\nb: .inf\n", "2", "not a storable number"),
        ("a: 1\n? [1, 2]\n: 3\n", "2", "plain text"),
        ("a: !!python/object:os.system x\n", "1", "python"),
        ("a: !!binary aGk=\n", "1", "binary"),
        ("a:\n  1: x\n", "2", "not text; write it in quotes (in a)"),
        ("a:\n  b: 1\n  true: y\n", "3", "not text"),
        ("a: 1\nb: " + "9" * 5000, "2", "more than 4300 digits"),
        ("a: 0.10000000000000000001\n", "1", "more digits than a number can keep"),
        ("a: 1e400\n", "1", "too large"),
        ("a: 1\nb: 1e-99999999999999999999\n", "2", "too small"),
        ("a: -0.0\n", "1", "a sign that zero cannot keep"),
        ("a: 9007199254740993.5\n", "1", "more digits than a number can keep"),
        ('a: "\\uD800"\n', "1", "half a surrogate pair"),
        ('a: "\\UFFFFFFFF"\n', "1", ""),
        ("a: !!int x\n", "1", "not of the type int"),
        ("a: *nobody\n", "1", "alias"),
        ("a: &x\n  - *x\n", "1", "itself"),
        ("a: 1\nb: \x00\n", "2", "U+0000 is not allowed"),
        ("a: 1\nb: " + "[" * 64 + "]" * 64, "2", "nested too deeply"),
        ("a: 1\nb: " + "[" * 3000 + "]" * 3000, "2", "nested too deeply"),
    ],
)
def test_invalid_yaml_names_its_line(text: str, line: str, part: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_yaml(text)
    assert refused.value.field == line
    assert part in refused.value.detail
