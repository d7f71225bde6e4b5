"""What needs somebody, worst first: each in one sentence with one place to go."""

from collections.abc import Iterator

from models.contracts.control import Need, NeedCode
from models.rules.control.facts import Facts, Judged
from models.rules.number_format import percent, plural

MOST = 10


def needs(facts: Facts) -> tuple[tuple[Need, ...], int]:
    """Return the first ten things that need somebody, and how many more there are."""
    found = [*_needs(facts)]
    in_all = len(found) + facts.approvals_in_all - len(facts.approvals)
    return tuple(found[:MOST]), max(in_all - MOST, 0)


def _needs(facts: Facts) -> Iterator[Need]:
    if count := facts.engine.stuck:
        text = (
            f"{plural(count, 'run')} cannot go on: read why, deploy the fix, or cancel {'it' if count == 1 else 'them'}"
        )
        yield Need(code=NeedCode.STUCK_RUNS, text=text, link="/runs?status=stuck", since=None)
    for one in facts.approvals:
        text = f"{one.of} waits for a decision at {one.step}"
        yield Need(code=NeedCode.APPROVAL, text=text, link=f"/runs/{one.run_id}", since=one.since)
    for automation in facts.auto_disabled:
        yield _of(NeedCode.AUTO_DISABLED, automation, "was disabled by its health policy")
    for automation in facts.failing:
        rate = f"{percent(automation.rate)} of its last {automation.completed + automation.failed} runs"
        yield _of(NeedCode.FAILING, automation, f"fails: {rate} completed")
    for unusual in facts.unusual:
        yield Need(code=NeedCode.UNUSUAL, text=unusual.text, link=unusual.link, since=unusual.since)
    for budget in facts.spent:
        text = f"{budget.name[0].upper()}{budget.name[1:]} is spent: nothing of it starts"
        yield Need(code=NeedCode.BUDGET_SPENT, text=text, link="/budgets", since=None)
    for automation in facts.drifted:
        yield _of(NeedCode.DRIFTED, automation, "differs from its Temporal schedule")
    for automation in facts.overdue:
        yield _of(NeedCode.OVERDUE, automation, "is overdue")
    if count := facts.dead_letters:
        text = (
            f"{plural(count, 'delivery', 'deliveries')} {'was' if count == 1 else 'were'} accepted but not carried out"
        )
        yield Need(code=NeedCode.DEAD_LETTERS, text=text, link=None, since=None)


def _of(code: NeedCode, one: Judged, text: str) -> Need:
    return Need(code=code, text=f"{one.name} {text}", link=f"/?open={one.slug}", since=None)
