"""Examples in the reference. Each is evaluated when the reference is written, so none can be wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from models.contracts.workflows.signals import ApprovalDecision, NewTask, SignalNote, TaskRef
from models.rules.expressions.cel import check, evaluate

SIGNAL_INPUTS: Mapping[str, tuple[type[BaseModel], str]] = {
    "pause": (SignalNote, '{"by": "Ada", "reason": "incident"}'),
    "resume": (SignalNote, ""),
    "approve": (ApprovalDecision, '{"by": "Ada", "comment": "go"}'),
    "reject": (ApprovalDecision, '{"step": "sign-off", "by": "Ada"}'),
    "add_task": (NewTask, '{"name": "more", "agent": "scout"}'),
    "skip_task": (TaskRef, '{"task": "m1/t2"}'),
    "evaluate_now": (SignalNote, ""),
}

PAYLOAD: JsonValue = {"total": 12.5, "items": [{"sku": "a"}, {"sku": "b"}]}
DUE_AT: JsonValue = "2026-03-02T09:00:00+00:00"
STEPS: JsonValue = {"fetch": {"status": "completed", "output": {"urls": ["x", "y"]}, "error": None}}


@dataclass(frozen=True, slots=True)
class Example:
    """An expression in one context, with data that can occur there."""

    place: str
    expression: str
    data: Mapping[str, JsonValue]


EXPRESSIONS = (
    Example(
        "`webhook.filter`",
        'headers["x-github-event"] == "push" && payload.total > 10.0',
        {"payload": PAYLOAD, "headers": {"x-github-event": "push"}},
    ),
    Example("`event.filter`", "payload.items.exists(i, i.sku == 'a')", {"payload": PAYLOAD, "name": "order.created"}),
    Example(
        "`slack.filter`",
        'name == "app_mention" && payload.event.text.contains("digest")',
        {"payload": {"event": {"type": "app_mention", "text": "digest please"}}, "name": "app_mention"},
    ),
    Example("step `when`", 'steps.fetch.status == "completed"', {"dueAt": DUE_AT, "input": PAYLOAD, "steps": STEPS}),
    Example(
        "step `input`",
        '{"urls": steps.fetch.output.urls, "limit": size(input.items)}',
        {"dueAt": DUE_AT, "input": PAYLOAD, "steps": STEPS},
    ),
    Example("step `map`", "steps.fetch.output.urls", {"dueAt": DUE_AT, "input": PAYLOAD, "steps": STEPS}),
    Example(
        "step `input` with `map`",
        '{"url": item, "total": input.total}',
        {"dueAt": DUE_AT, "input": PAYLOAD, "steps": STEPS, "item": "x"},
    ),
    Example(
        "router rule `when`",
        'last.agent == "scout" && last.output.score < 0.5 && hops < 4',
        {"input": PAYLOAD, "last": {"agent": "scout", "output": {"score": 0.2}}, "hops": 1},
    ),
)


def expressions() -> str:
    """Render the expressions with the variables of their context and their result."""
    rows = ["| place | variables | example | yields, for example |", "|---|---|---|---|"]
    for one in EXPRESSIONS:
        check(one.expression, one.data, field=one.place)
        value = json.dumps(evaluate(one.expression, one.data))
        names = ", ".join(f"`{name}`" for name in one.data)
        expression = one.expression.replace("|", "\\|")
        rows.append(f"| {one.place} | {names} | `{expression}` | `{value}` |")
    return "\n".join(rows) + "\n"
