"""Keys of flow control: any JSON value becomes a text, and what is no key is told."""

import pytest
from pydantic import JsonValue, ValidationError

from models.contracts.automations.flow_control import FlowControl
from models.errors import BadExpression
from models.rules.admission.keys import AdmissionKeys, check_expressions, expressions, key_text, read_keys


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("acme", "acme"),
        ("", ""),
        (7, "7"),
        (True, "true"),
        ([1, "a"], '[1, "a"]'),
        ({"b": 1, "a": 2}, '{"a": 2, "b": 1}'),
    ],
)
def test_a_key_is_text(value: JsonValue, text: str) -> None:
    assert key_text(value) == text


def test_a_long_key_is_replaced_by_its_hash_and_stays_different() -> None:
    one, other = key_text("x" * 201), key_text("x" * 202)
    assert one.startswith("sha256:")
    assert len(one) < 80
    assert one != other


@pytest.mark.parametrize("value", [None, BadExpression("no such key: customer")])
def test_what_is_no_key_is_an_error_and_never_an_empty_key(value: JsonValue | BadExpression) -> None:
    with pytest.raises(BadExpression):
        key_text(value)
    assert read_keys({"concurrency": value}).error


@pytest.mark.parametrize(("value", "seconds"), [(300, 300.0), (-7.5, -7.5), (10**9, 600.0), (-(10**9), -600.0)])
def test_priority_is_bounded(value: JsonValue, seconds: float) -> None:
    assert read_keys({"priority_seconds": value}).priority_seconds == seconds


@pytest.mark.parametrize("value", ["300", True, None])
def test_a_priority_that_is_no_number_is_told(value: JsonValue) -> None:
    assert "priority" in (read_keys({"priority_seconds": value}).error or "")


def test_each_part_has_its_expression() -> None:
    control = FlowControl.model_validate(
        {
            "concurrency": {"limit": 5, "key": "payload.a", "perKey": 2},
            "throttle": {"limit": 1, "periodSeconds": 1, "key": "payload.b"},
            "rateLimit": {"limit": 1, "periodSeconds": 1, "key": "payload.c"},
            "batch": {"maxSize": 2, "timeoutSeconds": 1, "key": "payload.d"},
            "idempotency": {"expression": "payload.e"},
            "priority": "payload.f",
        }
    )
    asked = expressions(control)
    assert asked == {
        "concurrency": "payload.a",
        "throttle": "payload.b",
        "rate_limit": "payload.c",
        "fold": "payload.d",
        "idempotency": "payload.e",
        "priority_seconds": "payload.f",
    }
    assert read_keys(dict.fromkeys(asked, 1)) == AdmissionKeys("1", "1", "1", "1", "1", 1.0)


def test_an_expression_that_does_not_compile_names_its_field() -> None:
    control = FlowControl.model_validate({"debounce": {"periodSeconds": 1, "key": "payload.("}})
    with pytest.raises(BadExpression) as refused:
        check_expressions(control)
    assert refused.value.field == "flowControl.debounce.key"


@pytest.mark.parametrize(
    "given",
    [
        {"concurrency": {}},
        {"concurrency": {"limit": 3, "perKey": 2}},
        {"concurrency": {"limit": 3, "key": "payload.a"}},
        {"concurrency": {"limit": 3, "key": "payload.a", "perKey": 4}},
        {"debounce": {"periodSeconds": 5}, "batch": {"maxSize": 2, "timeoutSeconds": 1}},
        {"batch": {"maxSize": 2, "timeoutSeconds": 1}, "singleton": {"mode": "skip"}},
        {"debounce": {"periodSeconds": 5}, "singleton": {"mode": "skip"}},
        {"singleton": {"mode": "skip"}, "concurrency": {"limit": 2}},
        {"debounce": {"periodSeconds": 5, "maxSeconds": 4}},
        {"throttle": {"limit": 0, "periodSeconds": 1}},
        {"burst": 3},
    ],
)
def test_what_contradicts_itself_is_refused(given: dict[str, JsonValue]) -> None:
    with pytest.raises(ValidationError):
        FlowControl.model_validate(given)
