"""Networks, campaigns, pulses, schedule sync and the sweep, as their histories are recorded."""

from datetime import UTC, datetime

from models import names
from models.contracts.workflows.signals import CancelAccepted
from models.contracts.workflows.sweep import SweepInput
from models.kinds import Kind
from models.states import RunStatus, Source
from runtime.temporal.starting import request_sync
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.versions.recording.pipelines import has_status, workflow_id
from workflows.notices import SendNotices
from workflows.replays import ReplayDeliveries
from workflows.sweep import Sweep


async def network(backend: Backend) -> str:
    members = [(await backend.agent()).slug, (await backend.agent()).slug]
    return workflow_id((await backend.run(await backend.primitive(Kind.NETWORK, {"members": members}))).id)


async def network_by_rules(backend: Backend) -> str:
    first, second = await backend.agent(output={"score": 4}), await backend.agent(output={"score": 9})
    rules = [{"when": "last.output.score < 5", "next": second.slug}, {"when": "hops > 1"}]
    router = {"type": "rules", "first": first.slug, "rules": rules}
    spec = {"members": [first.slug, second.slug], "router": router}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec))
    assert run.status is RunStatus.COMPLETED, run.error_message
    return workflow_id(run.id)


async def network_by_agent(backend: Backend) -> str:
    router = await backend.agent(output={"done": True, "answer": "enough"})
    spec = {"members": [(await backend.agent()).slug], "router": {"type": "agent", "agent": router.slug}}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec))
    assert run.status is RunStatus.COMPLETED, run.error_message
    return workflow_id(run.id)


async def campaign(backend: Backend) -> str:
    agent = await backend.agent()
    tasks = [{"name": "a", "agent": agent.slug}, {"name": "b", "agent": agent.slug}]
    spec = {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]}
    return workflow_id((await backend.run(await backend.primitive(Kind.CAMPAIGN, spec))).id)


async def campaign_planned(backend: Backend) -> str:
    agent = await backend.agent()
    planner = await backend.agent(output={"missions": [{"name": "m", "tasks": [{"name": "t", "agent": agent.slug}]}]})
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, {"objective": "o", "planner": planner.slug}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    return workflow_id(run.id)


async def campaign_cancelled(backend: Backend) -> str:
    slow = await backend.agent(durationMs=60_000)
    tasks = [{"name": "a", "agent": slow.slug}]
    spec = {"objective": "o", "missions": [{"name": "m", "tasks": tasks}]}
    doomed = await backend.start(await backend.primitive(Kind.CAMPAIGN, spec))

    async def below() -> None:
        assert await backend.children(doomed)

    await assert_eventually(below, timeout=30)
    await backend.handle(doomed).execute_update("cancel", result_type=CancelAccepted)
    await backend.closed(doomed)
    return workflow_id(doomed)


async def campaign_changed(backend: Backend) -> str:
    """Tasks are added and skipped by signal and by update; one signal is refused."""
    slow, quick = await backend.agent(durationMs=1_500), await backend.agent()
    tasks = [{"name": name, "agent": slow.slug} for name in "abc"]
    spec = {"objective": "o", "concurrency": 1, "missions": [{"name": "m", "tasks": tasks}]}
    run_id = await backend.start(await backend.primitive(Kind.CAMPAIGN, spec))

    async def below() -> None:
        assert await backend.children(run_id)

    await assert_eventually(below, timeout=30)
    await backend.handle(run_id).execute_update("skip_task", {"task": "b"})
    await backend.handle(run_id).execute_update("add_task", {"name": "d", "agent": quick.slug})
    await backend.signal(run_id, "add_task", {"name": "e", "agent": quick.slug})
    await backend.signal(run_id, "add_task", {"name": "f", "agent": "nobody"})
    await backend.signal(run_id, "skip_task", {"task": "c"})
    await backend.closed(run_id)
    return workflow_id(run_id)


async def pulse(backend: Backend) -> str:
    spec = {"goal": "g", "members": [{"agent": (await backend.agent()).slug}], "minRuns": 1}
    return workflow_id((await backend.run(await backend.primitive(Kind.PULSE, spec))).id)


async def pulse_hurried(backend: Backend) -> str:
    """Waits for a member's open run until it is told not to, and changes capacities."""
    member, slow = await backend.agent(), await backend.agent(durationMs=60_000)
    await backend.run(member)
    spec = {
        "goal": "g",
        "members": [{"agent": member.slug}, {"agent": slow.slug}],
        "minRuns": 1,
        "settleSeconds": 600,
        "capacity": {"minimum": 1, "maximum": 5},
    }
    open_run = await backend.start(slow)
    await has_status(backend, open_run, RunStatus.RUNNING)
    run_id = await backend.start(await backend.primitive(Kind.PULSE, spec))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "evaluate_now", {"by": "Ada"})
    await backend.closed(run_id)
    await backend.handle(open_run).execute_update("cancel", result_type=CancelAccepted)
    return workflow_id(run_id)


async def schedule_sync(backend: Backend) -> str:
    agent = await backend.agent()
    schedule = await backend.automation(
        agent, Source.SCHEDULE, cron_expr="0 4 * * *", accounted_until=datetime.now(UTC)
    )
    await request_sync(backend.client, schedule.id)
    sync = names.sync_temporal_workflow_id(schedule.id)
    await backend.client.get_workflow_handle(sync).result()
    return sync


async def sweep(backend: Backend) -> str:
    """Two passes, and a change of the interval between them."""
    handle = await backend.client.start_workflow(
        Sweep.run, SweepInput(interval_seconds=600), id="sweep-recorded", task_queue=names.CONTROL_QUEUE
    )

    async def passed(timers: int) -> None:
        history = await handle.fetch_history()
        assert sum(event.HasField("timer_started_event_attributes") for event in history.events) == timers

    await assert_eventually(lambda: passed(1), timeout=60, interval=0.5)
    await handle.signal("configure", SweepInput(interval_seconds=300))
    await assert_eventually(lambda: passed(2), timeout=60, interval=0.5)
    await handle.terminate("recorded")
    return "sweep-recorded"


async def send_notices(backend: Backend) -> str:
    handle = await backend.client.start_workflow(
        SendNotices.run, id="send-notices-recorded", task_queue=names.CONTROL_QUEUE
    )
    await handle.result()
    return "send-notices-recorded"


async def replay_deliveries(backend: Backend) -> str:
    handle = await backend.client.start_workflow(
        ReplayDeliveries.run, id="replay-deliveries-recorded", task_queue=names.CONTROL_QUEUE
    )
    await handle.result()
    return "replay-deliveries-recorded"
