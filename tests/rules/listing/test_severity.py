"""Severity bands and states of automations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.rules.health import success_rate
from models.rules.listing.severity import StateFacts, severity, state
from models.states import AutomationState, Severity

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALM = StateFacts(
    is_schedule=True,
    is_active=True,
    is_archived=False,
    auto_disabled=False,
    slowed=False,
    over_budget=False,
    synced=True,
    sync_error=False,
    running_now=0,
    finished=5,
    next_due_at=NOW + timedelta(hours=1),
    changed_at=NOW - timedelta(days=1),
)


@pytest.mark.parametrize(
    ("completed", "failed", "expected"),
    [
        (0, 0, Severity.HEALTHY),
        (95, 5, Severity.HEALTHY),
        (9499, 501, Severity.DEGRADING),
        (80, 20, Severity.DEGRADING),
        (79, 21, Severity.UNSTABLE),
        (60, 40, Severity.UNSTABLE),
        (46, 54, Severity.FAILING),
        (0, 1, Severity.FAILING),
    ],
)
def test_the_band_follows_the_unrounded_rate(completed: int, failed: int, expected: Severity) -> None:
    assert severity(completed, failed) is expected


def test_there_is_no_rate_before_the_first_finished_run() -> None:
    assert success_rate(0, 0) is None
    assert success_rate(1, 2) == pytest.approx(33.3333, abs=0.001)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, AutomationState.OK),
        ({"finished": 0}, AutomationState.NEW),
        ({"running_now": 1}, AutomationState.RUNNING),
        ({"slowed": True, "running_now": 1}, AutomationState.SLOWED),
        ({"next_due_at": None}, AutomationState.OVERDUE),
        ({"next_due_at": NOW - timedelta(minutes=1)}, AutomationState.OK),
        ({"next_due_at": NOW - timedelta(minutes=3)}, AutomationState.OVERDUE),
        ({"is_schedule": False, "next_due_at": None}, AutomationState.OK),
        ({"synced": False}, AutomationState.DRIFTED),
        ({"synced": False, "changed_at": NOW}, AutomationState.OK),
        ({"sync_error": True, "changed_at": NOW}, AutomationState.DRIFTED),
        ({"over_budget": True, "synced": False}, AutomationState.OVER_BUDGET),
        ({"is_active": False, "over_budget": True}, AutomationState.PAUSED),
        ({"is_active": False, "auto_disabled": True}, AutomationState.AUTO_DISABLED),
        ({"is_active": False, "snoozed": True}, AutomationState.SNOOZED),
        ({"is_active": False, "snoozed": True, "can_run": False}, AutomationState.PAUSED),
        ({"auto_disabled": True}, AutomationState.OK),
        ({"is_archived": True, "is_active": False}, AutomationState.ARCHIVED),
    ],
)
def test_the_state_is_the_most_important_fact(change: dict[str, object], expected: AutomationState) -> None:
    assert state(replace(CALM, **change), NOW) is expected  # type: ignore[arg-type]
