"""What holds a waiting run is what its automation's limits leave now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.rules.admission.choice import UNLIMITED, Limits
from models.rules.admission.gcra import Rate
from models.rules.admission.holding import Holding
from models.states import HeldBy

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FREE = Holding(NOW, Limits(2, 1), open_runs={"a": 1}, rate=Rate(timedelta(seconds=10), 0), used_until={})


def held(
    holding: Holding, key: str = "b", stored: HeldBy = HeldBy.CONCURRENCY, not_before: datetime | None = None
) -> str:
    return holding.of(stored, key, "", not_before).value


def test_a_full_key_a_full_automation_and_a_used_up_rate_hold_in_this_order() -> None:
    used = replace(FREE, used_until={"": NOW})
    assert held(FREE, "a") == "concurrency"
    assert held(used, "a") == "concurrency"
    assert held(used) == "throttle"
    assert held(replace(used, open_runs={"a": 1, "c": 1})) == "concurrency"
    assert held(replace(FREE, open_runs={"a": 2}, by_budget=True)) == "budget"


def test_an_open_window_holds_until_it_ends() -> None:
    full = replace(FREE, open_runs={"a": 2})
    assert held(full, stored=HeldBy.BATCH, not_before=NOW + timedelta(seconds=1)) == "batch"
    assert held(full, stored=HeldBy.BATCH, not_before=NOW) == "concurrency"


def test_where_nothing_holds_a_run_any_more_the_first_reason_stays() -> None:
    assert held(Holding(NOW, Limits(UNLIMITED, UNLIMITED)), stored=HeldBy.THROTTLE) == "throttle"
