"""What workflows record of steps and runs, so that their page can explain them later."""

from models.contracts.runs.facts import CampaignFacts, NetworkFacts, PlannedStep, PulseFacts, Routing
from models.kinds import Kind
from models.states import RunStatus
from models.store.tables.runs import Run, RunStep
from tests.support.backend import Backend


async def test_a_pipeline_records_its_graph_and_the_step_of_every_child_run(backend: Backend) -> None:
    bad, good = await backend.agent(successRate=0, error="broken"), await backend.agent()
    retry = {"maxAttempts": 2, "initialSeconds": 0.01}
    steps = [
        {"key": "one", "agent": bad.slug, "onError": "continue", "retry": retry},
        {"key": "each", "agent": good.slug, "map": "input.items"},
        {"key": "never", "wait": {"seconds": 5}, "needs": ["one", "each"], "when": "size(input.items) > 9"},
    ]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input={"items": [1, 2]})
    assert run.status is RunStatus.COMPLETED, run.error_message
    recorded = {path: step.facts for path, step in (await backend.steps(run.id)).items()}
    assert {path: PlannedStep.model_validate(facts) for path, facts in recorded.items() if facts} == {
        "one": PlannedStep(does=bad.slug, continues=True),
        "each": PlannedStep(does=good.slug, items=2),
        "never": PlannedStep(needs=("one", "each"), when="size(input.items) > 9", seconds=5),
    }
    assert sorted(str(child.step_path) for child in await backend.children(run.id)) == [
        "each.0",
        "each.1",
        "one",
        "one",
    ]


async def test_a_network_records_why_each_hop_was_chosen_and_why_it_ended(backend: Backend) -> None:
    first, second = await backend.agent(output={"score": 4}), await backend.agent(output={"score": 9})
    router = {"type": "rules", "first": first.slug, "rules": [{"when": "last.output.score < 5", "next": second.slug}]}
    run = await backend.run(
        await backend.primitive(Kind.NETWORK, {"members": [first.slug, second.slug], "router": router})
    )
    steps = await backend.steps(run.id)
    assert [_routing(steps[path]) for path in ("hop-1", "hop-2")] == [
        Routing(router="rules", because="first"),
        Routing(router="rules", because="rule", rule=1, when="last.output.score < 5"),
    ]
    assert _network(run).ended == Routing(router="rules", because="no_rule")
    spec = {"members": [first.slug], "maxHops": 1}
    assert _network(await backend.run(await backend.primitive(Kind.NETWORK, spec))).ended == Routing(
        router="sequence", because="hops"
    )


async def test_an_agent_router_may_give_a_reason_which_is_kept_as_it_can_be_stored(backend: Backend) -> None:
    member = await backend.agent()
    chosen = {"next": member.slug, "reason": "x" * 2000}
    router = await backend.agent(output=chosen)
    spec = {"members": [member.slug], "router": {"type": "agent", "agent": router.slug}, "maxHops": 1}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec))
    assert run.status is RunStatus.COMPLETED, run.error_message
    why = _routing((await backend.steps(run.id))["hop-1"])
    asked = next(child for child in await backend.children(run.id) if child.primitive_id == router.id)
    assert (why.because, why.run_id, why.reason) == ("chosen", asked.id, "x" * 1000)
    done = await backend.agent(output={"done": True, "answer": 42, "reason": "enough is known"})
    spec = {"members": [member.slug], "router": {"type": "agent", "agent": done.slug}}
    ended = _network(await backend.run(await backend.primitive(Kind.NETWORK, spec))).ended
    assert ended
    assert (ended.because, ended.reason) == ("done", "enough is known")


async def test_a_campaign_that_fails_records_what_it_was_to_achieve(backend: Backend) -> None:
    bad = await backend.agent(successRate=0, error="lost")
    missions = [{"name": "m", "tasks": [{"name": "t", "agent": bad.slug}]}]
    spec = {"objective": "win", "missions": missions, "minSuccessRate": 80}
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, spec))
    assert run.status is RunStatus.FAILED
    assert CampaignFacts.model_validate(run.facts) == CampaignFacts(objective="win", min_success_rate=80)


async def test_a_pulse_records_the_rankings_before_and_after_and_its_changes(backend: Backend) -> None:
    good, bad = await backend.agent(capacity=2), await backend.agent(successRate=0, capacity=2)
    for agent in (good, bad):
        await backend.run(agent)
    members = [{"agent": bad.slug}, {"agent": good.slug}]
    pulse = await backend.primitive(
        Kind.PULSE, {"goal": "grow", "members": members, "minRuns": 1, "capacity": {"minimum": 1, "maximum": 3}}
    )
    first = PulseFacts.model_validate((await backend.run(pulse)).facts)
    assert first.before is None
    assert [(one.agent, one.before, one.after) for one in first.changes] == [(good.slug, 2, 3), (bad.slug, 2, 1)]
    assert [(one.agent, one.completed, one.failed) for one in first.members] == [(bad.slug, 0, 1), (good.slug, 1, 0)]
    second = PulseFacts.model_validate((await backend.run(pulse)).facts)
    assert second.before
    assert [(one.place, one.agent, one.score) for one in second.before] == [(1, good.slug, 100.0), (2, bad.slug, 0.0)]
    assert [one.action for one in second.rankings] == ["wait", "wait"]
    assert (second.since, second.changes) == (first.until, ())


def _routing(step: RunStep) -> Routing:
    return Routing.model_validate(step.facts)


def _network(run: Run) -> NetworkFacts:
    return NetworkFacts.model_validate(run.facts)
