"""Links to a trace viewer."""

import pytest

from models.rules.runs.trace_link import template_fault, trace_link

VALUES = {"run_id": "019c", "workflow_id": 'due:a/b "x"', "from_ms": "1000", "temporal_run_id": None}


def test_a_link_is_the_template_with_encoded_values() -> None:
    link = trace_link("https://t.example.com/search?q=%7B{workflow_id}%7D&from={from_ms}#{run_id}", VALUES)
    assert link == "https://t.example.com/search?q=%7Bdue%3Aa%2Fb%20%22x%22%7D&from=1000#019c"


def test_there_is_no_link_for_a_run_without_the_value() -> None:
    assert trace_link("https://t.example.com/{temporal_run_id}", VALUES) is None


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("https://t.example.com/{run_id}?from={from_ms}", None),
        ("https://t.example.com/{run}", "{run} is not a placeholder"),
        ("https://t.example.com/{run_id.__class__}", "it names no run"),
        ("https://t.example.com/?from={from_ms}", "it names no run"),
    ],
)
def test_a_template_names_a_run_and_nothing_unknown(template: str, fault: str | None) -> None:
    found = template_fault(template)
    assert found is None if fault is None else found and found.startswith(fault)
