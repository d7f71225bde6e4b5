"""Expressions: JSON in, JSON out, the same result in every process, and bounded in time."""

import os
import subprocess
import sys

import pytest
from pydantic import JsonValue

from models.errors import BadExpression
from models.rules.expressions.cel import check, evaluate, holds, judge


@pytest.mark.parametrize("total", [12, 12.5, 10.0001, 2**40, 2**70])
def test_integers_and_decimals_compare(total: float) -> None:
    assert holds("payload.total > 10", {"payload": {"total": total}})
    assert not holds("payload.total < 10.5 && payload.total > 11", {"payload": {"total": total}})


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1, 2**63, -(2**63), 1.5, "é", [], {}, [1, 2.5, None, {"a": [{"b": None}]}], {"a": {"b": [[]]}}],
)
def test_json_passes_through_unchanged(value: JsonValue) -> None:
    answer = evaluate("payload", {"payload": value})
    assert answer == value
    assert type(answer) is type(value)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("1u", 1),
        ('timestamp("2024-01-01T00:00:00Z")', "2024-01-01T00:00:00Z"),
        ('duration("90.5s")', "90.5s"),
        ('b"abc"', "YWJj"),
        ("type(1)", "int"),
        ('{1: "a"}', {"1": "a"}),
        ("{true: null}", {"true": None}),
        ('[{"k": 1}]', [{"k": 1}]),
    ],
)
def test_values_that_json_lacks_become_text(expression: str, answer: JsonValue) -> None:
    assert evaluate(expression, {}) == answer


@pytest.mark.parametrize(
    "expression",
    [
        "payload.nope > 10",
        "payload.a.b.c == 1",
        "payload.text > 10",
        "payload.list[7] == 1",
        "payload.text",
        "has(payload.nope.deeper)",
        "nothing.x == 1",
        "10 / payload.zero == 1",
    ],
)
def test_a_condition_on_missing_data_is_false(expression: str) -> None:
    payload: JsonValue = {"a": {}, "text": "x", "list": [], "zero": 0}
    assert holds(expression, {"payload": payload, "nothing": None}) is False


def test_a_value_of_missing_data_is_an_error() -> None:
    with pytest.raises(BadExpression, match='Key not found in map : "nope"'):
        evaluate("payload.nope", {"payload": {}})


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("payload.total >", "The expression cannot be read at line 1, column 16 (it ends too early)."),
        ("payload.total 3", "The expression cannot be read at line 1, column 15 (extraneous input '3')."),
        ("payload.total >\n 1 + @", "cannot be read at line 2, column 6 (token recognition error at: '@')."),
        ("[1,", "cannot be read at line 1, column 4 (missing ']' at the end)."),
        ("foo.x == 1", "undeclared reference to 'foo.x'"),
        ('1 + "a" == 2', "no matching overload"),
        ("payload.map(x, x)", "must yield true or false, not list"),
        ('"text"', "must yield true or false, not string"),
    ],
)
def test_an_invalid_condition_is_refused_with_field_and_position(expression: str, says: str) -> None:
    with pytest.raises(BadExpression) as refusal:
        check(expression, ["payload"], field="event.filter", yields=bool)
    assert says in refusal.value.detail
    assert refusal.value.field == "event.filter"


def test_a_map_expression_must_be_a_list() -> None:
    check("payload.items", ["payload"], field="map", yields=list)
    check("[1, 2]", [], field="map", yields=list)
    with pytest.raises(BadExpression, match="a list"):
        check("1 + 1", [], field="map", yields=list)


def test_a_loop_that_takes_too_long_is_stopped() -> None:
    numbers: JsonValue = list(range(200))
    nested = "p.all(a, p.all(b, p.all(c, p.all(d, a + b + c + d >= 0))))"
    with pytest.raises(BadExpression, match="Iteration budget exceeded"):
        holds(nested, {"p": numbers})


def test_a_result_that_multiplies_its_data_is_refused() -> None:
    with pytest.raises(BadExpression, match="yields more than 1,000,000 values and characters"):
        evaluate("p.map(x, p)", {"p": list(range(3000))})


def test_infinity_is_not_json() -> None:
    with pytest.raises(BadExpression, match="inf"):
        evaluate("1.0 / 0.0", {})


def test_loops_over_an_object_have_the_same_order_in_every_process() -> None:
    code = (
        "from models.rules.expressions.cel import evaluate;"
        "d = {c: i for i, c in enumerate('qwertyuiopasdfghjkl')};"
        "print(evaluate('[p.map(k, p[k]), p.filter(k, true), p]', {'p': d}))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    answers = {subprocess.check_output([sys.executable, "-c", code], env=environment) for _ in range(2)}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ('["a.map("].map(x, x)', ["a.map("]),
        (r"""[r"\d"].map(x, x + '.map(')""", [r"\d.map("]),
        ('["""."filter(""" + "\\"" ].filter(x, true)', ['."filter("']),
        ("[1, 2] // .map(\n . map ( x, x * 2 )", [2, 4]),
        ("[[2, 1], [3]].map(l, l.filter(x, x > 1))", [[2], [3]]),
    ],
)
def test_loops_are_not_confused_with_strings_and_comments(expression: str, answer: JsonValue) -> None:
    assert evaluate(expression, {}) == answer


WIDE = 123456789012345678901234567890


@pytest.mark.parametrize("number", [WIDE, -WIDE, 2**64 + 1, -(2**63) - 1, 2**70, 10**22, int("9" * 300)])
def test_integers_beyond_64_bits_are_passed_on_exactly(number: int) -> None:
    for expression in ("payload", "{'payload': payload, 'list': [payload]}.payload", "[payload][0]"):
        answer = evaluate(expression, {"payload": number})
        assert (answer, type(answer)) == (number, int)
    assert evaluate("{'id': payload.id}", {"payload": {"id": number}}) == {"id": number}


@pytest.mark.parametrize(
    ("one", "other"), [(WIDE, WIDE + 1), (-WIDE - 1, -WIDE), (-WIDE, WIDE), (WIDE, WIDE * 256 + 1)]
)
def test_integers_beyond_64_bits_compare_exactly(one: int, other: int) -> None:
    variables: dict[str, JsonValue] = {"one": one, "other": other, "same": one}
    for expression in ("one != other", "one == same", "one < other", "other > one", "one in [same]", "one != 1"):
        assert holds(expression, variables), expression
    assert not holds("one == other || one > other || one in [other, 5]", variables)


@pytest.mark.parametrize(
    "expression", ["payload > 10", "payload + 1", "payload + payload", "payload + b'5'", "double(payload)"]
)
def test_what_cannot_be_done_exactly_is_refused_with_the_reason(expression: str) -> None:
    with pytest.raises(BadExpression, match="a whole number beyond 64 bits"):
        evaluate(expression, {"payload": WIDE})
    if ">" in expression:
        assert "a whole number beyond 64 bits" in str(judge(expression, {"payload": WIDE}).reason)
