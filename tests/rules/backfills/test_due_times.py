"""What a backfill does with a due time, by the runs that it has had; and with runs that a filter selects."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import Invalid
from models.rules.backfills.due_times import Action, Attempt, Planned, Selected, plan_due_time, plan_rerun
from models.rules.backfills.tokens import frozen, frozen_at, token_of
from models.states import Again, LeftOut, RunStatus

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
S = RunStatus


def attempt(status: RunStatus, *, reopens: bool = True) -> Attempt:
    return Attempt(uuid.uuid4(), status, None, reopens=reopens)


def decided(attempts: list[Attempt], again: Again = Again.NONE, *, may_start: bool = False) -> Action | LeftOut | None:
    found = plan_due_time(NINE, attempts, again, may_start=may_start)
    return found.action or found.left_out


def test_a_due_time_without_a_run_gets_one_unless_its_schedule_may_still_start_it() -> None:
    assert decided([]) is Action.RUN
    assert decided([], may_start=True) is LeftOut.MAY_START


@pytest.mark.parametrize(
    ("status", "none", "failed", "everything"),
    [
        (S.COMPLETED, LeftOut.RAN, LeftOut.RAN, Action.RERUN),
        (S.FAILED, LeftOut.FAILED, Action.RERUN, Action.RERUN),
        (S.CANCELLED, LeftOut.CANCELLED, Action.RERUN, Action.RERUN),
        (S.MISSED, Action.REOPEN, Action.REOPEN, Action.REOPEN),
        (S.SKIPPED, Action.REOPEN, Action.REOPEN, Action.REOPEN),
        *((status, *[LeftOut.UNDER_WAY] * 3) for status in (S.QUEUED, S.RUNNING, S.WAITING, S.STUCK)),
    ],
)
def test_what_has_run_is_left_out_unless_asked_for(
    status: RunStatus, none: object, failed: object, everything: object
) -> None:
    found = [decided([attempt(status)], again) for again in (Again.NONE, Again.FAILED, Again.ALL)]
    assert found == [none, failed, everything]


def test_a_rerun_counts_for_its_due_time() -> None:
    failed, rerun = attempt(S.FAILED), attempt(S.COMPLETED, reopens=False)
    assert decided([failed, rerun], Again.FAILED) is LeftOut.RAN
    assert decided([failed, attempt(S.RUNNING)], Again.ALL) is LeftOut.UNDER_WAY
    # A rerun that did not run changes nothing.
    assert decided([failed, attempt(S.SKIPPED, reopens=False)], Again.FAILED) is Action.RERUN


def test_a_run_whose_workflow_was_started_is_rerun_instead_of_reopened() -> None:
    row = attempt(S.SKIPPED, reopens=False)
    planned = plan_due_time(NINE, [row], Again.NONE, may_start=False)
    assert (planned.action, planned.run_id) == (Action.RERUN, row.run_id)


def selected(status: RunStatus, *later: RunStatus, archived: bool = False) -> Selected:
    return Selected(uuid.uuid4(), status, None, None, frozenset(later), archived)


@pytest.mark.parametrize(
    ("run", "left_out"),
    [
        (selected(S.FAILED), None),
        (selected(S.COMPLETED), None),
        (selected(S.SKIPPED), None),
        (selected(S.FAILED, S.FAILED), None),
        (selected(S.FAILED, S.FAILED, S.COMPLETED), LeftOut.RAN),
        (selected(S.FAILED, S.QUEUED), LeftOut.UNDER_WAY),
        (selected(S.RUNNING), LeftOut.UNDER_WAY),
        (selected(S.MISSED), LeftOut.MISSED),
        (selected(S.FAILED, archived=True), LeftOut.ARCHIVED),
    ],
)
def test_a_selected_run_is_rerun_unless_a_rerun_has_mended_it(run: Selected, left_out: LeftOut | None) -> None:
    planned = plan_rerun(run)
    assert planned.left_out is left_out
    assert (planned.action is Action.RERUN) == (left_out is None)


def test_a_token_names_exactly_what_would_run() -> None:
    now = frozen(datetime(2026, 3, 2, 12, 0, 0, 123_987, tzinfo=UTC))
    run = Planned(NINE, Action.RUN)
    left = Planned(NINE + timedelta(hours=1), None, left_out=LeftOut.RAN)
    token = token_of(now, "a", [run, left])
    assert frozen_at(token, now) == now
    assert token == token_of(now, "a", [run])
    others = [token_of(now, "b", [run]), token_of(now, "a", []), token_of(now, "a", [Planned(left.at, Action.RUN)])]
    assert len({token, *others, token_of(now - timedelta(seconds=1), "a", [run])}) == 5


@pytest.mark.parametrize("token", ["", "x", "1700000000000-zz", "9999999999999-" + "0" * 32, "-5-" + "0" * 32])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Invalid) as refused:
        frozen_at(token, NINE)
    assert refused.value.field == "token"
