"""Which waiting runs are admitted, against a choice that looks at all of them one by one."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from models.contracts.automations.flow_control import FlowControl
from models.rules.admission.choice import UNLIMITED, Limits, Waiting, choose

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
keys = st.sampled_from("abc")


def waiting(number: int, key: str, throttle_key: str = "") -> Waiting:
    return Waiting(UUID(int=number), key, throttle_key, START + timedelta(seconds=number))


runs = st.lists(st.tuples(keys, keys), max_size=25).map(
    lambda pairs: [waiting(number, *pair) for number, pair in enumerate(pairs)]
)
some = st.one_of(st.just(UNLIMITED), st.integers(1, 6))


@given(runs, some, some, st.dictionaries(keys, st.integers(0, 4)), st.integers(0, 8))
def test_no_limit_is_exceeded_and_no_room_is_left(
    line: list[Waiting], total: int, per_key: int, open_runs: dict[str, int], most: int
) -> None:
    chosen = choose(line, Limits(total, per_key), open_runs, None, most)
    after = Counter(open_runs) + Counter(one.key for one in chosen)
    assert len(chosen) <= max(0, min(most, total - sum(open_runs.values())))
    assert all(count <= max(per_key, open_runs.get(key, 0)) for key, count in after.items())
    left = [one for one in line if one not in chosen]
    if len(chosen) < min(most, total - sum(open_runs.values())):
        assert all(after[one.key] >= per_key for one in left)


@given(runs, some, st.dictionaries(keys, st.integers(0, 5)))
def test_tokens_are_taken_only_by_runs_that_are_admitted(
    line: list[Waiting], per_key: int, tokens: dict[str, int]
) -> None:
    chosen = choose(line, Limits(UNLIMITED, per_key), {}, tokens, UNLIMITED)
    taken = Counter(one.throttle_key for one in chosen)
    assert all(count <= tokens.get(key, 0) for key, count in taken.items())


@given(runs, some, some)
def test_runs_of_one_line_keep_their_order(line: list[Waiting], total: int, per_key: int) -> None:
    chosen = choose(line, Limits(total, per_key), {}, None, UNLIMITED)
    for pair in {(one.key, one.throttle_key) for one in line}:
        mine = [one for one in line if (one.key, one.throttle_key) == pair]
        admitted = [one for one in chosen if (one.key, one.throttle_key) == pair]
        assert admitted == mine[: len(admitted)]


def test_without_keys_the_oldest_go_first() -> None:
    line = [waiting(3, "", "x"), waiting(1, "", "y"), waiting(2, "", "z")]
    assert [one.run_id.int for one in choose(line, Limits(2, UNLIMITED), {}, None, 9)] == [1, 2]


def test_a_busy_key_does_not_starve_a_quiet_one() -> None:
    line = [*(waiting(number, "busy") for number in range(10)), waiting(99, "quiet")]
    chosen = choose(line, Limits(4, 4), {"busy": 2}, None, 9)
    assert [one.key for one in chosen] == ["quiet", "busy"]


def test_a_singleton_is_one_run_for_each_key() -> None:
    control = FlowControl.model_validate({"singleton": {"mode": "skip"}})
    assert Limits.of(control) == Limits(UNLIMITED, 1)
    assert Limits.of(None) == Limits(UNLIMITED, UNLIMITED)
