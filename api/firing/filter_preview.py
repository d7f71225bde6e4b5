"""Tests a draft's filter against a sample, with the code that filters real deliveries."""

from api.firing.intake import kept_headers
from models.contracts.outlook.preview import FilterVerdict, PreviewRequest, PreviewSample, PreviewSlack
from models.errors import BadExpression
from models.rules.expressions.filters import FILTER_VARIABLES, FilterInput, check_filter
from models.rules.json.huge_numbers import huge_number
from models.states import Source
from runtime.expressions.evaluation import judge_filters
from runtime.firing.ignored import is_from_bot
from runtime.firing.slack_messages import listens, name_in, stored_message

NOT_SLACK = "a Slack payload is an object with an event or a command"


def evaluates_filter(asked: PreviewRequest) -> bool:
    """Whether the preview evaluates an expression, which costs more than a read may."""
    configs = (asked.webhook, asked.event, asked.slack)
    return asked.sample is not None and any(one is not None and (one.filter or "").strip() for one in configs)


async def filter_verdict(asked: PreviewRequest) -> FilterVerdict | None:
    """Check a draft's filter, and whether its sample passes it.

    None if the draft has neither filter nor sample, or its source has no filters.
    """
    source = asked.source or next((one for one in FILTER_VARIABLES if getattr(asked, one.value)), None)
    if source is None or source not in FILTER_VARIABLES:
        return None
    config = getattr(asked, source.value)
    expression = (config.filter or "").strip() or None if config else None
    if expression is None and asked.sample is None:
        return None
    try:
        if expression:
            check_filter(source, expression)
        return await _evaluate(asked, source, expression)
    except BadExpression as error:
        return FilterVerdict(error=error.detail, code=error.code)


async def _evaluate(asked: PreviewRequest, source: Source, expression: str | None) -> FilterVerdict:
    if asked.sample is None:
        return FilterVerdict()
    if field := huge_number(asked.sample.payload, "sample.payload"):
        return FilterVerdict(fires=False, reason=f"{field} is beyond the range of a double: it would be refused")
    if source is Source.SLACK and (reason := _mismatch(asked.slack or PreviewSlack(), asked.sample)):
        return FilterVerdict(fires=False, reason=reason)
    if expression is None:
        return FilterVerdict(fires=True)
    (verdict,) = await judge_filters(source, [expression], _filter_input(asked, source, asked.sample))
    if isinstance(verdict, BadExpression):
        raise verdict
    return FilterVerdict(fires=verdict.holds, reason=verdict.reason)


def _filter_input(asked: PreviewRequest, source: Source, sample: PreviewSample) -> FilterInput:
    if source is Source.EVENT:
        return FilterInput(sample.payload, name=asked.event.name if asked.event else "")
    if source is Source.SLACK and isinstance(sample.payload, dict):
        return FilterInput(sample.payload, name=name_in(sample.payload))
    return FilterInput(sample.payload, kept_headers(sample.headers))


def _mismatch(config: PreviewSlack, sample: PreviewSample) -> str | None:
    """Explain why the automation does not receive such a message; None if it does."""
    if not isinstance(sample.payload, dict) or not (name := name_in(sample.payload)):
        return NOT_SLACK
    message = stored_message(name, sample.payload)
    if listens(config.wire(), message):
        ignored = is_from_bot(sample.payload) and not config.bots
        return "it does not fire on messages of bots" if ignored else None
    if listens({**config.wire(), "channel": None}, message):
        return f"it listens in {config.channel} only"
    return f"it does not listen to {name}"
