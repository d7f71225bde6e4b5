"""What people are told about a change that a health policy has made."""

from dataclasses import dataclass
from datetime import datetime

from models.contracts.governance.notices import NoticeSeverity
from models.rules.number_format import ordinal, percent


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice before it is stored; the title says all that matters."""

    severity: NoticeSeverity
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class HealthChange:
    """The facts of a change.

    Attributes:
        verb: Of the audit entry: `disable`, `recovered`, `probe_failed`, ...
        reason: Why, as in the audit entry.
        probe_at: From when on it may be probed; None: somebody has to resume it.
        flapping: Whether the policy goes back and forth.
    """

    verb: str
    name: str
    reason: str
    threshold: int
    slowdown: int | None
    probe_at: datetime | None
    flapping: bool


def notice_of(change: HealthChange) -> NoticeText:
    """Write the notice of a change."""
    name, reason = change.name, f"{change.reason.rstrip('.')}."
    fell = f"{reason} The health policy asks for {percent(change.threshold)}."
    match change.verb:
        case "disable":
            return NoticeText(
                NoticeSeverity.CRITICAL, f"{name} was disabled by its health policy", f"{fell} {_next(change)}"
            )
        case "reduce_frequency":
            pace = f"Only every {ordinal(change.slowdown or 1)} due time fires from now on."
            return NoticeText(NoticeSeverity.WARNING, f"{name} was slowed down", f"{fell} {pace}{_back(change)}")
        case "alert":
            return NoticeText(NoticeSeverity.WARNING, f"{name} fails too often", f"{fell}{_back(change)}")
        case "recovering":
            pace = f"Every {ordinal(change.slowdown or 1)} due time fires from now on."
            return NoticeText(NoticeSeverity.INFO, f"{name} fires twice as often again", f"{reason} {pace}")
        case "recovered":
            return NoticeText(NoticeSeverity.INFO, f"{name} has recovered", reason)
        case "enabled":
            return NoticeText(NoticeSeverity.INFO, f"{name} works again and was enabled", _capital(reason))
        case "probe_passed":
            text = f"{_capital(reason)} More probes must complete before it is enabled."
            return NoticeText(NoticeSeverity.INFO, f"A probe of {name} completed", text)
        case _:
            text = f"{_capital(reason)} {_next(change)}"
            return NoticeText(NoticeSeverity.WARNING, f"A probe of {name} failed", text)


def _next(change: HealthChange) -> str:
    if change.flapping:
        return "It goes back and forth: it is not tried again by itself, and somebody has to resume it."
    if change.probe_at is None:
        return "It stays disabled until somebody resumes it."
    return f"It is tried again with a single run after {change.probe_at:%Y-%m-%d %H:%M} UTC."


def _back(change: HealthChange) -> str:
    return " It goes back and forth; further notices come at most once a day." if change.flapping else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def brake_notice(name: str, disabled: int, automations: int) -> NoticeText:
    """Write the notice that no further automation is disabled for now."""
    return NoticeText(
        NoticeSeverity.CRITICAL,
        "Health policies have stopped disabling automations",
        f"{disabled} of {automations} automations were disabled within an hour, and {name} would be next. So many at "
        "once rather have one cause, such as a provider or the network. No further automation is disabled until fewer "
        "have been within an hour.",
    )
