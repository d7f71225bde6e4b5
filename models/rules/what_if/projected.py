"""The portfolio without and with the edits, and the averages of its runs."""

from collections.abc import Sequence

import numpy as np

from models.rules.cost import LEAST_WEIGHT
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.rules.what_if.cases import Case, Side


def as_on(
    side: Side, portfolio: Portfolio, averages: RunAverages, cases: Sequence[Case]
) -> tuple[Portfolio, RunAverages]:
    """Return the portfolio as it is on a side: edited automations changed in place, new ones at the end.

    What the question assumes of runs replaces what is measured, on both sides.
    """
    new = [case for case in cases if case.row is None] if side is Side.AFTER else []
    differing = [case for case in cases if case.row is not None and _differs(portfolio, case, side)]
    if not new and not differing:
        # What was computed of it before is still true.
        return portfolio, averages
    listed, mean_usd, samples = [*portfolio.automations], [*averages.mean_usd], [*averages.samples]
    run_ms, weights, busy = averages.run_ms.copy(), averages.weights.copy(), averages.busy_until_ms.copy()
    for case in differing:
        row, setting = case.row, case.setting(side)
        assert row is not None
        assert setting is not None
        other = setting.projected.primitive_id != portfolio.automations[row].primitive_id
        listed[row] = setting.projected
        if other or case.assume.duration_seconds is not None:
            run_ms[row] = setting.works.mean_ms
        if other or case.assume.cost_usd is not None:
            mean_usd[row], samples[row] = setting.costs.mean_usd, setting.costs.runs
        if other:
            weights[row] = max(float(setting.projected.members), LEAST_WEIGHT)
    return (
        Portfolio((*listed, *(case.after.projected for case in new))),
        RunAverages(
            run_ms=np.append(run_ms, [case.after.works.mean_ms for case in new]).astype(np.int64),
            weights=np.append(weights, [max(float(case.after.projected.members), LEAST_WEIGHT) for case in new]),
            busy_until_ms=np.append(busy, np.zeros(len(new))).astype(np.int64),
            mean_usd=[*mean_usd, *(case.after.costs.mean_usd for case in new)],
            samples=[*samples, *(case.after.costs.runs for case in new)],
        ),
    )


def _differs(portfolio: Portfolio, case: Case, side: Side) -> bool:
    """Return whether the projection of an automation that exists is another one on this side."""
    setting, row = case.setting(side), case.row
    if setting is None or row is None or not case.edited:
        return False
    assumes = case.assume.duration_seconds is not None or case.assume.cost_usd is not None
    return assumes or setting.projected != portfolio.automations[row]
