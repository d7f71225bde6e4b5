"""What people are told when a replay of many deliveries has ended, or has paused itself."""

from collections.abc import Mapping

from models.contracts.governance.notices import NoticeSeverity
from models.rules.health_notices import NoticeText
from models.states import DeliveryOutcome, ReplayResult

_SAID = {
    DeliveryOutcome.SKIPPED.value: "were skipped",
    DeliveryOutcome.FILTERED.value: "were filtered",
    DeliveryOutcome.FILTER_ERROR.value: "had a filter error",
    DeliveryOutcome.UNMATCHED.value: "matched nothing",
    DeliveryOutcome.IGNORED.value: "were ignored",
    ReplayResult.FAILED.value: "could not be replayed",
}


def notice_of_end(total: int, outcomes: Mapping[str, int]) -> NoticeText:
    """Write the notice of the end: how many deliveries fired, and what became of the others."""
    fired = outcomes.get(DeliveryOutcome.FIRED.value, 0)
    others = ", ".join(f"{outcomes[name]} {said}" for name, said in _SAID.items() if outcomes.get(name))
    severity = NoticeSeverity.WARNING if outcomes.get(ReplayResult.FAILED.value) else NoticeSeverity.INFO
    text = f"{fired} of {total} fired{', ' if others else ''}{others}."
    return NoticeText(severity, f"The replay of {_deliveries(total)} has ended", text)


def notice_of_pause(total: int, reason: str) -> NoticeText:
    """Write the notice that a replay has paused itself."""
    title = f"The replay of {_deliveries(total)} has paused: {reason}"
    return NoticeText(NoticeSeverity.WARNING, title, "Resume it when it may go on, or cancel it.")


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries"
