"""`podium api --worker`: API and worker in one process, where runs start eagerly."""

import httpx2
from pydantic import SecretStr

from api.app import create_app
from runtime.settings import Settings
from tests.support.eventually import assert_eventually
from worker import working

KEY = "pk_admin_of_the_one_process_test"


async def test_a_run_starts_eagerly_where_api_and_worker_share_a_process(
    settings: Settings,
) -> None:
    app = create_app(settings.model_copy(update={"admin_key": SecretStr(KEY)}), companion=working)
    transport = httpx2.ASGITransport(app)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as api,
    ):
        spec = {"runner": {"type": "simulated", "durationMs": 1}}
        body = {"kind": "agent", "slug": "eager", "name": "Eager", "spec": spec}
        assert (await api.post("/api/primitives", json=body)).status_code == 201

        async def starts_eagerly() -> bool:
            fired = (await api.post("/api/agents/eager/execute", json={})).json()["runs"][0]

            async def completed() -> None:
                assert (await api.get(f"/api/runs/{fired['runId']}")).json()["status"] == "completed"

            await assert_eventually(completed)
            handle = app.state.podium.temporal.get_workflow_handle(fired["temporalWorkflowId"])
            begun = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
            return bool(begun.eager_execution_accepted)

        # The first run may be started before the worker offers a slot for eager start.
        assert await assert_eventually(starts_eagerly)
        await app.state.podium.temporal.get_workflow_handle("podium-sweep").terminate()
