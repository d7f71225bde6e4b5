"""Reproducible random values: when triggers arrive, which runs fail, their durations and costs."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from models.contracts.primitives.specs import AgentSpec, SimulatedRunner
from models.contracts.runs.views import Tokens
from models.rules.cron.zones import zone
from models.states import RunStatus

LATEST = 50
"""Severity uses this many recent runs, so their failure count must be exact too."""
_BUSY_HOURS = (8, 23)
_EXACT = Decimal("0.00000001")
_UNSIMULATED_MS = 40


def dice(seed: int, *names: object) -> random.Random:
    """Return an independent random generator for each name."""
    return random.Random(":".join(map(str, (seed, *names))))


def arrivals(chance: random.Random, per_day: float, days: int, until: datetime, zone_name: str) -> list[datetime]:
    """Draw arrival times in the days before `until`, mostly during the day."""
    found = []
    for day in range(days):
        midnight = (until - timedelta(days=day)).astimezone(zone(zone_name)).replace(hour=0, minute=0, second=0)
        for _ in range(int(per_day) + (chance.random() < per_day % 1)):
            at = midnight + timedelta(hours=chance.uniform(*_BUSY_HOURS))
            found.append(at.replace(microsecond=chance.randrange(1000) * 1000).astimezone(until.tzinfo))
    return sorted(at for at in set(found) if at < until)


def outcomes(
    chance: random.Random, count: int, failed: int, recent_failed: int | None, cancelled: int
) -> list[RunStatus]:
    """Draw the outcomes of `count` runs, oldest first; the latest finished runs fail as often as all the others.

    Args:
        chance: The random generator.
        count: How many runs.
        failed: How many of them failed.
        recent_failed: How many of the latest 50 failed; None: the same share.
        cancelled: How many of the older ones were cancelled.
    """
    finished = count - cancelled
    late = min(LATEST, finished)
    failed_late = min(round(late * failed / finished), failed) if recent_failed is None else recent_failed
    early = _shuffled(chance, finished - late, failed - failed_late)
    for _ in range(cancelled):
        early.insert(chance.randrange(len(early) + 1), RunStatus.CANCELLED)
    return early + _shuffled(chance, late, failed_late)


def duration_ms(chance: random.Random, spec: AgentSpec) -> int:
    """Draw the duration of a call."""
    usual = spec.runner.duration_ms if isinstance(spec.runner, SimulatedRunner) else _UNSIMULATED_MS
    return round(usual * chance.lognormvariate(0, 0.25))


def spending(chance: random.Random, spec: AgentSpec) -> tuple[Decimal | None, dict[str, Any] | None]:
    """Draw the cost of a call, None if unknown, and its token usage."""
    if not isinstance(spec.runner, SimulatedRunner):
        return None, None
    factor = chance.uniform(0.8, 1.2)
    cost = None if spec.runner.cost_usd is None else (spec.runner.cost_usd * Decimal(factor)).quantize(_EXACT)
    total = round(spec.runner.tokens * factor)
    asked = round(total * 0.8)
    return cost, Tokens(input=asked, output=total - asked).wire() if total else None


def pick(chance: random.Random, items: Iterable[Any], count: int) -> set[Any]:
    """Choose `count` of the items."""
    return set(chance.sample(list(items), count))


def _shuffled(chance: random.Random, count: int, failed: int) -> list[RunStatus]:
    drawn = [RunStatus.FAILED] * failed + [RunStatus.COMPLETED] * (count - failed)
    chance.shuffle(drawn)
    return drawn
