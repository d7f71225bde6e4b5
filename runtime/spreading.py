"""Makes plans of spreading in a process of their own: thousands of schedules take a processor for half a minute."""

from collections.abc import Sequence

from models.rules.spread.planner import SpreadPlan, plan_spread
from models.rules.spread.week import WeekLoad
from runtime.separate_process import calculate, serve

MOST_SECONDS = 240


async def plan_apart(loads: Sequence[WeekLoad], hour: float | None, minute: float | None) -> SpreadPlan:
    """Return what `plan_spread` returns.

    Raises:
        LimitExceeded: It takes too long.
        Unavailable: The process was ended.
    """
    plan: SpreadPlan = await calculate(
        "runtime.spreading",
        (loads, hour, minute),
        what="planning",
        most_seconds=MOST_SECONDS,
        hint="Choose fewer schedules, or give less slack.",
    )
    return plan


if __name__ == "__main__":
    serve(plan_spread)
