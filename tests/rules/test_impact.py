"""What is touched when automations stop, through dependencies and through the agents that they run."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from models.contracts.automations.impact import ImpactEffect
from models.kinds import Kind
from models.rules.dependencies import Edge
from models.rules.impact import Findings, Runs, Surroundings, Use, of_disabled, of_stopped, unadjusted
from models.states import FireWhen

NAMES = ["synthesis", "bridge", "digest", "scouting", "weekly", "growth_evaluation", "scout", "desk", "growth"]
IDS = [UUID(int=place + 1) for place, _ in enumerate(NAMES)]
SYNTHESIS, BRIDGE, DIGEST, SCOUTING, WEEKLY, EVALUATION, SCOUT, DESK, GROWTH = IDS
WRITER = UUID(int=20)


def around(
    edges: Sequence[Edge] = (),
    uses: Sequence[Use] = (),
    runs: Mapping[UUID, tuple[UUID, Kind]] = MappingProxyType({}),
    paused: Sequence[UUID] = (),
) -> Surroundings:
    """Return surroundings; the first automations run an agent of their own."""
    given = {**dict.fromkeys(IDS[:3], (WRITER, Kind.AGENT)), **runs}
    return Surroundings(
        edges=edges,
        uses=uses,
        runs=[Runs(key, primitive, kind, key not in paused) for key, (primitive, kind) in given.items()],
        names={**dict(zip(IDS, NAMES, strict=True)), WRITER: "writer"},
    )


def told(found: Findings) -> list[tuple[UUID, ImpactEffect, str]]:
    return [(one.automation, one.effect, one.text) for one in found.in_order()]


def without_shares(found: Findings) -> list[tuple[UUID, ImpactEffect, str]]:
    return [one for one in told(found) if one[1] is not ImpactEffect.SHARES]


def test_what_is_no_longer_fired_comes_before_what_only_depends() -> None:
    fires = Edge(DIGEST, SYNTHESIS, FireWhen.COMPLETED)
    surroundings = around([Edge(BRIDGE, SYNTHESIS, None), fires, Edge(SCOUTING, BRIDGE, FireWhen.FINISHED)])
    found = of_stopped({SYNTHESIS}, surroundings)
    assert without_shares(found) == [
        (DIGEST, ImpactEffect.NOT_FIRED, "is fired when synthesis has completed"),
        (BRIDGE, ImpactEffect.NEEDS, "depends on synthesis"),
        (SCOUTING, ImpactEffect.NEEDS, "is fired when bridge has finished, which depends on synthesis"),
    ]
    assert found.fired_by == {DIGEST: [SYNTHESIS]}
    assert without_shares(of_stopped({SYNTHESIS, BRIDGE, DIGEST}, surroundings)) == [
        (SCOUTING, ImpactEffect.NOT_FIRED, "is fired when bridge has finished")
    ]


def test_a_silent_chain_is_followed_and_a_long_text_is_cut() -> None:
    chain = [Edge(UUID(int=place + 1), UUID(int=place), FireWhen.FAILED) for place in range(1, 6)]
    found = of_stopped({SYNTHESIS}, around(chain))
    assert [one.effect for one in found.in_order()][:5] == [ImpactEffect.NOT_FIRED] * 5
    assert found.in_order()[4].text == (
        "is fired when weekly has failed, which is fired when scouting has failed, which is fired when digest has "
        "failed, and so on"
    )


def test_a_pulse_suffers_only_if_nothing_else_runs_the_agent_that_it_evaluates() -> None:
    uses = [Use(DESK, Kind.NETWORK, SCOUT), Use(GROWTH, Kind.PULSE, SCOUT)]
    runs = {SCOUTING: (SCOUT, Kind.AGENT), EVALUATION: (GROWTH, Kind.PULSE)}
    alone = around(uses=uses, runs=runs)
    assert told(of_stopped({SCOUTING}, alone)) == [
        (EVALUATION, ImpactEffect.EVALUATES, "evaluates scout, which no other automation runs")
    ]
    runs = {**runs, WEEKLY: (DESK, Kind.NETWORK)}
    shared = around(uses=uses, runs=runs)
    assert told(of_stopped({SCOUTING}, shared)) == [
        (WEEKLY, ImpactEffect.SHARES, "runs desk, which calls scout too, and goes on")
    ]
    assert told(of_stopped({WEEKLY}, shared)) == [(SCOUTING, ImpactEffect.SHARES, "runs scout too, and goes on")]
    assert [one[1] for one in told(of_stopped({SCOUTING}, around(uses=uses, runs=runs, paused=[WEEKLY])))] == [
        ImpactEffect.EVALUATES
    ], "what is paused runs nothing"


def test_the_worst_effect_is_told() -> None:
    uses = [Use(GROWTH, Kind.PULSE, SCOUT)]
    runs = {SCOUTING: (SCOUT, Kind.AGENT), EVALUATION: (GROWTH, Kind.PULSE)}
    found = of_stopped({SCOUTING}, around([Edge(EVALUATION, SCOUTING, None)], uses, runs))
    assert told(found) == [(EVALUATION, ImpactEffect.NEEDS, "depends on scouting")]


def test_a_disabled_agent_skips_its_automations_and_fails_those_that_call_it() -> None:
    uses = [Use(DESK, Kind.NETWORK, SCOUT), Use(GROWTH, Kind.PULSE, SCOUT)]
    runs = {SCOUTING: (SCOUT, Kind.AGENT), EVALUATION: (GROWTH, Kind.PULSE), WEEKLY: (DESK, Kind.NETWORK)}
    found = of_disabled(SCOUT, around([Edge(BRIDGE, SCOUTING, FireWhen.COMPLETED)], uses, runs))
    assert told(found) == [
        (SCOUTING, ImpactEffect.SKIPPED, "runs scout"),
        (BRIDGE, ImpactEffect.NOT_FIRED, "is fired when scouting has completed"),
        (WEEKLY, ImpactEffect.CALLS, "runs desk, which calls scout"),
        (EVALUATION, ImpactEffect.EVALUATES, "runs growth, which evaluates scout"),
    ]


def test_a_capacity_stays_as_it_is_when_no_evaluation_is_left() -> None:
    uses = [Use(GROWTH, Kind.PULSE, SCOUT, adjusts=True)]
    surroundings = around(uses=uses, runs=dict.fromkeys((EVALUATION, WEEKLY), (GROWTH, Kind.PULSE)))
    assert unadjusted({EVALUATION}, surroundings) == []
    assert unadjusted({EVALUATION, WEEKLY}, surroundings) == [(SCOUT, "keeps its capacity, which growth adjusts")]
