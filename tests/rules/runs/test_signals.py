"""The signals that are offered for a run: those of its kind that it can apply now."""

import pytest

from models.contracts.runs.details import KindDetails
from models.contracts.runs.views import RunPaused, RunRow
from models.kinds import KINDS, Kind
from models.rules.runs.signals import signals_now
from models.states import RunStatus
from tests.rules.runs.told_runs import DONE, START, agent, campaign, gate, network, pulse, run, step, workflow

S = RunStatus
PAUSED = RunPaused(by="Ada", by_is_claimed=False, reason="", at=START)
OFFERED: list[tuple[RunRow, KindDetails, tuple[str, ...]]] = [
    (run(S.RUNNING), agent(), ("pause",)),
    (run(S.WAITING, paused=PAUSED), agent(), ("resume",)),
    (run(S.QUEUED), agent(), ()),
    (run(S.COMPLETED), agent(), ()),
    (run(S.STUCK), agent(), ()),
    (run(S.RUNNING, kind=Kind.WORKFLOW), workflow(step("a", DONE)), ("pause",)),
    (run(S.WAITING, kind=Kind.WORKFLOW), workflow(gate("legal")), ("approve", "pause", "reject")),
    (run(S.WAITING, kind=Kind.WORKFLOW, paused=PAUSED), workflow(gate("legal")), ("approve", "reject", "resume")),
    (run(S.FAILED, kind=Kind.WORKFLOW), workflow(gate("legal")), ()),
    (run(S.RUNNING, kind=Kind.NETWORK), network(), ("pause",)),
    (run(S.RUNNING, kind=Kind.CAMPAIGN), campaign("rp"), ("add_task", "pause", "skip_task")),
    (run(S.RUNNING, kind=Kind.CAMPAIGN), campaign("rr"), ("add_task", "pause")),
    (run(S.RUNNING, kind=Kind.CAMPAIGN), campaign("cc", mission=DONE), ("pause",)),
    (run(S.WAITING, kind=Kind.PULSE), pulse(), ("evaluate_now", "pause")),
    (run(S.RUNNING, kind=Kind.PULSE), pulse(), ("pause",)),
]


@pytest.mark.parametrize(("row", "details", "offered"), OFFERED)
def test_a_run_is_offered_what_it_can_apply(row: RunRow, details: KindDetails, offered: tuple[str, ...]) -> None:
    assert signals_now(row, details) == offered


def test_every_signal_of_every_kind_is_offered_in_some_state() -> None:
    offered = {(row.kind, signal) for row, _, signals in OFFERED for signal in signals}
    wanted = {(kind, signal) for kind, facts in KINDS.items() for signal in facts.signals - {"pause", "resume"}}
    assert wanted <= offered
