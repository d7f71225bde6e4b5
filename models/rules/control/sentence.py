"""The verdict on the whole system: reasons in a fixed order, and one sentence of the first two.

It is never healthy while something that it rests on is missing or old.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo

from models.contracts.control import ControlReason, ReasonCode
from models.rules.control.facts import Facts, Judged
from models.rules.number_format import duration, percent, plural
from models.states import HealthState

TOLD = 2
"""Reasons in the sentence."""
BACKLOG_SECONDS = 60
"""How long a run that may start waits at most on a system that keeps up."""
BADLY_LATE_SECONDS = 300
MUCH = 0.1
"""The share of all automations that fail from which on the whole is unhealthy."""
_WORST_FIRST = (HealthState.UNHEALTHY, HealthState.UNKNOWN, HealthState.DEGRADED)


def reasons(facts: Facts, tz: tzinfo) -> tuple[ControlReason, ...]:
    """Return why the system is not healthy, the most important first; none if it is."""
    return tuple(found for code in ReasonCode if (found := _RULES[code](facts, tz)) is not None)


def verdict(found: Iterable[ControlReason], facts: Facts) -> HealthState:
    """Return the worst of the reasons' verdicts; without any reason, whether anything runs at all."""
    given = {one.verdict for one in found}
    if given:
        return next(one for one in _WORST_FIRST if one in given)
    if not facts.has_primitives:
        return HealthState.EMPTY
    return HealthState.HEALTHY if facts.recent.runs else HealthState.IDLE


def sentence(found: tuple[ControlReason, ...], facts: Facts) -> str:
    """Say how the system is."""
    if found:
        more = f", and {plural(len(found) - TOLD, 'more reason')}" if len(found) > TOLD else ""
        return f"{'. '.join(one.text for one in found[:TOLD])}{more}."
    if not facts.has_primitives:
        return "Nothing is set up yet: make an agent, then an automation that fires it."
    ahead = f", next peak {facts.peak}" if facts.peak else ""
    if not facts.recent.runs:
        return f"Nothing has run within 24 h{ahead}."
    return f"Healthy: {_recent(facts)}{ahead}."


def _recent(facts: Facts) -> str:
    recent = facts.recent
    ended = recent.completed + recent.failed
    rate = f", {percent(100 * recent.completed / ended)} completed" if ended else ""
    unknown = f" and {plural(recent.unknown_costs, 'unknown cost')}" if recent.unknown_costs else ""
    return f"{plural(recent.runs, 'run')} in 24 h{rate}, {recent.cost}{unknown}"


def _temporal_away(facts: Facts, _: tzinfo) -> ControlReason | None:
    if facts.engine.temporal is None:
        return None
    return _reason(ReasonCode.TEMPORAL_AWAY, HealthState.UNHEALTHY, f"Nothing starts: Temporal {facts.engine.temporal}")


def _no_worker(facts: Facts, _: tzinfo) -> ControlReason | None:
    unserved = facts.engine.unserved
    if not unserved:
        return None
    if len(unserved) == facts.engine.queues:
        text = "Nothing runs: no worker polls any task queue"
    else:
        text = f"No worker polls {_listed(unserved)}: what belongs there waits"
    return _reason(ReasonCode.NO_WORKER, HealthState.UNHEALTHY, text)


def _sweep_late(facts: Facts, _: tzinfo) -> ControlReason | None:
    age = facts.engine.sweep_age
    if age is not None and age <= facts.engine.sweep_allowed:
        return None
    when = "has never passed" if age is None else f"passed {duration(age * 1000)} ago"
    text = f"The sweep {when}: missed due times and lost runs are not known"
    return _reason(ReasonCode.SWEEP_LATE, HealthState.UNKNOWN, text)


def _stuck(facts: Facts, _: tzinfo) -> ControlReason | None:
    count = facts.engine.stuck
    if not count:
        return None
    text = f"{plural(count, 'run')} {'is' if count == 1 else 'are'} stuck in Temporal"
    return _reason(ReasonCode.STUCK, HealthState.UNHEALTHY, text, "/runs?status=stuck")


def _backlog(facts: Facts, _: tzinfo) -> ControlReason | None:
    engine = facts.engine
    if not engine.queued or engine.oldest_queued_seconds <= BACKLOG_SECONDS:
        return None
    late = HealthState.UNHEALTHY if engine.oldest_queued_seconds > BADLY_LATE_SECONDS else HealthState.DEGRADED
    waits = "waits" if engine.queued == 1 else "wait"
    oldest = duration(engine.oldest_queued_seconds * 1000)
    text = f"{plural(engine.queued, 'run')} {waits} to start, the oldest for {oldest}"
    return _reason(ReasonCode.BACKLOG, late, text, "/runs?status=queued")


def _failing(facts: Facts, _: tzinfo) -> ControlReason | None:
    if not facts.failing:
        return None
    fail = "fails" if len(facts.failing) == 1 else "fail"
    text = f"{_of_all(facts.failing, facts)} {fail}; worst: {_worst(facts.failing[0])}"
    much = len(facts.failing) >= MUCH * facts.automations
    return _reason(
        ReasonCode.FAILING, HealthState.UNHEALTHY if much else HealthState.DEGRADED, text, "/?severity=failing"
    )


def _unstable(facts: Facts, _: tzinfo) -> ControlReason | None:
    if not facts.unstable:
        return None
    fail = "fails" if len(facts.unstable) == 1 else "fail"
    text = f"{_of_all(facts.unstable, facts)} often {fail}; worst: {_worst(facts.unstable[0])}"
    return _reason(ReasonCode.UNSTABLE, HealthState.DEGRADED, text, "/?severity=unstable")


def _unusual(facts: Facts, _: tzinfo) -> ControlReason | None:
    if not facts.unusual:
        return None
    first, more = facts.unusual[0], len(facts.unusual) - 1
    text = f"{first.text}; {plural(more, 'more thing')} {'is' if more == 1 else 'are'} unusual" if more else first.text
    return _reason(ReasonCode.UNUSUAL, HealthState.DEGRADED, text, first.link)


def _auto_disabled(facts: Facts, _: tzinfo) -> ControlReason | None:
    if not facts.auto_disabled:
        return None
    be = "is" if len(facts.auto_disabled) == 1 else "are"
    text = f"{_named(facts.auto_disabled)} {be} disabled by {'its' if be == 'is' else 'their'} health policy"
    return _reason(ReasonCode.AUTO_DISABLED, HealthState.DEGRADED, text, "/?state=auto_disabled")


def _budget_spent(facts: Facts, tz: tzinfo) -> ControlReason | None:
    if not facts.spent:
        return None
    if len(facts.spent) == 1:
        (one,) = facts.spent
        text = f"{one.name[0].upper()}{one.name[1:]} is spent until {_day(one.until, tz)}"
    else:
        text = f"{plural(len(facts.spent), 'budget')} are spent, such as {facts.spent[0].name}"
    return _reason(ReasonCode.BUDGET_SPENT, HealthState.DEGRADED, text, "/budgets")


def _overdue(facts: Facts, _: tzinfo) -> ControlReason | None:
    if not facts.overdue:
        return None
    be = "is" if len(facts.overdue) == 1 else "are"
    return _reason(ReasonCode.OVERDUE, HealthState.DEGRADED, f"{_named(facts.overdue)} {be} overdue", "/?state=overdue")


def _drifted(facts: Facts, _: tzinfo) -> ControlReason | None:
    if not facts.drifted:
        return None
    differ = "differs" if len(facts.drifted) == 1 else "differ"
    text = f"{_named(facts.drifted)} {differ} from the Temporal schedule"
    return _reason(ReasonCode.DRIFTED, HealthState.DEGRADED, text, "/?state=drifted")


_RULES: dict[ReasonCode, Callable[[Facts, tzinfo], ControlReason | None]] = {
    ReasonCode.TEMPORAL_AWAY: _temporal_away,
    ReasonCode.NO_WORKER: _no_worker,
    ReasonCode.SWEEP_LATE: _sweep_late,
    ReasonCode.STUCK: _stuck,
    ReasonCode.BACKLOG: _backlog,
    ReasonCode.FAILING: _failing,
    ReasonCode.AUTO_DISABLED: _auto_disabled,
    ReasonCode.UNSTABLE: _unstable,
    ReasonCode.UNUSUAL: _unusual,
    ReasonCode.BUDGET_SPENT: _budget_spent,
    ReasonCode.OVERDUE: _overdue,
    ReasonCode.DRIFTED: _drifted,
}


def _reason(code: ReasonCode, verdict: HealthState, text: str, link: str | None = None) -> ControlReason:
    return ControlReason(code=code, verdict=verdict, text=text, link=link)


def _of_all(some: tuple[Judged, ...], facts: Facts) -> str:
    return f"{len(some):,} of {plural(facts.automations, 'automation')}"


def _worst(one: Judged) -> str:
    return f"{one.name}, {percent(one.rate)} of its last {one.completed + one.failed} completed"


def _named(some: tuple[Judged, ...]) -> str:
    return some[0].name if len(some) == 1 else plural(len(some), "automation")


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _day(at: datetime, tz: tzinfo) -> str:
    local = at.astimezone(tz)
    return f"{local.day} {local:%B}"
