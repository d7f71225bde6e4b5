"""A draft's filter held against a sample before it is saved, by the code that judges what really arrives."""

from api.firing.intake import kept_headers
from api.firing.slack import listens, name_in, stored_message
from models.contracts.preview import FilterVerdict, PreviewRequest, PreviewSample, PreviewSlack
from models.errors import BadExpression
from models.rules.expressions.filters import FILTER_VARIABLES, FilterInput, check_filter, judged
from models.states import Source

NOT_SLACK = "Slack sends an object with an event in it, or with a command"


def filter_verdict(asked: PreviewRequest) -> FilterVerdict | None:
    """Say whether a draft's filter can be carried out, and whether its sample would fire it.

    None where the draft has neither filter nor sample, or nothing arrives for its source.
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
        return _held_against(asked, source, expression)
    except BadExpression as error:
        return FilterVerdict(error=error.detail)


def _held_against(asked: PreviewRequest, source: Source, expression: str | None) -> FilterVerdict:
    if asked.sample is None:
        return FilterVerdict()
    if source is Source.SLACK and (reason := _unheard(asked.slack or PreviewSlack(), asked.sample)):
        return FilterVerdict(fires=False, reason=reason)
    verdict = judged(source, expression, _arrived(asked, source, asked.sample))
    return FilterVerdict(fires=verdict.holds, reason=verdict.reason)


def _arrived(asked: PreviewRequest, source: Source, sample: PreviewSample) -> FilterInput:
    if source is Source.EVENT:
        return FilterInput(sample.payload, name=asked.event.name if asked.event else "")
    if source is Source.SLACK and isinstance(sample.payload, dict):
        return FilterInput(sample.payload, name=name_in(sample.payload))
    return FilterInput(sample.payload, kept_headers(sample.headers))


def _unheard(config: PreviewSlack, sample: PreviewSample) -> str | None:
    """Say why such a message would not reach the automation at all; None where it would."""
    if not isinstance(sample.payload, dict) or not (name := name_in(sample.payload)):
        return NOT_SLACK
    message = stored_message(name, sample.payload)
    if listens(config.wire(), message):
        return None
    if listens({**config.wire(), "channel": None}, message):
        return f"it listens in {config.channel} only"
    return f"it does not listen to {name}"
