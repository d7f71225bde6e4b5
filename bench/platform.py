"""Creates the simulated agents and the automations of the benchmarks."""

from typing import Any

import httpx2


async def add(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> str:
    """Create an object and return its id."""
    answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def add_primitive(client: httpx2.AsyncClient, kind: str, slug: str, spec: dict[str, Any]) -> None:
    await add(client, "/api/primitives", {"kind": kind, "slug": slug, "name": slug, "spec": spec})


async def add_agent(client: httpx2.AsyncClient, slug: str = "bench", *, duration_ms: int = 0) -> None:
    runner = {"type": "simulated", "durationMs": duration_ms}
    await add_primitive(client, "agent", slug, {"runner": runner})


async def add_listener(client: httpx2.AsyncClient, event: str, kind: str = "agent", slug: str = "bench") -> None:
    """Create an automation that runs the primitive on each event of that name."""
    fires = {"source": "event", "event": {"name": event}, "primitive": {"kind": kind, "slug": slug}}
    await add(client, "/api/automations", {"slug": f"on-{event.replace('.', '-')}", "name": event, **fires})
