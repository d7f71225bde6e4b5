"""`podium demo`: declares an example platform with a month of past runs.

It never changes what somebody else created, and a second call changes nothing.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from commands.console.api_client import api, send

if TYPE_CHECKING:
    import httpx2
    from sqlalchemy.ext.asyncio import AsyncSession

app = typer.Typer()

Result = TypeVar("Result")


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Seed of the past runs.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Archive what the demo created.")] = False,
) -> None:
    """Load an example platform: simulated agents, live schedules and a month of past runs."""
    from demo.history_import import is_loaded
    from demo.loading import write_past_runs
    from demo.recipe import PROJECT

    with api() as client:
        if remove:
            _remove(client)
            return
        if _in_database(lambda session: is_loaded(session, PROJECT)):
            typer.echo("The demo is already loaded; nothing was changed. `podium demo --remove` archives it.")
            return
        now = datetime.now(UTC)
        hooks = _declare(client)
        runs = _in_database(lambda session: write_past_runs(session, seed=seed, now=now))
        _fill_queue(client)
    typer.echo(f"Declared the demo and wrote {runs:,} past runs; its schedules are live now.")
    typer.echo("All its agents are simulated, except the Citation Librarian. List them with `podium list`.")
    for path, secret in hooks:
        typer.echo(f"Webhook /api/webhooks/{path} has the secret {secret} (shown once)")


def _declare(client: "httpx2.Client") -> Sequence[tuple[str, str]]:
    """Declare the platform; return its webhook paths and the secrets generated for them."""
    body, hooks = _with_secrets()
    send(client, "POST", "/api/declarations", body=body)
    return hooks


def _fill_queue(client: "httpx2.Client") -> None:
    """Send what waits to be distilled: an automation that gathers deliveries for half a day shows its queue."""
    from demo.recipe import waiting_deliveries

    for body in waiting_deliveries():
        send(client, "POST", "/api/triggers/event", body=body)


def _remove(client: "httpx2.Client") -> None:
    from demo.loading import release_archived
    from demo.recipe import PROJECT

    plan = send(client, "POST", "/api/declarations", body={"project": PROJECT, "prune": True})
    _in_database(release_archived)
    count = sum(item["action"] == "archive" for item in plan["items"])
    typer.echo(f"Archived {count} things of the demo; their runs are kept.")


def _with_secrets() -> tuple[dict[str, Any], Sequence[tuple[str, str]]]:
    from demo.recipe import PROJECT, platform

    hooks: list[tuple[str, str]] = []
    automations = []
    for one in platform()["automations"]:
        if "webhook" in one:
            hooks.append((one["webhook"]["path"], secrets.token_urlsafe(24)))
            one = {**one, "webhook": {**one["webhook"], "secret": hooks[-1][1]}}
        automations.append(one)
    return {**platform(), "automations": automations, "project": PROJECT}, hooks


def _in_database(work: Callable[["AsyncSession"], Awaitable[Result]]) -> Result:
    """Run `work` in its own transaction."""
    from runtime.database import create_engine, long_statements, session_factory, transaction
    from runtime.settings import read_settings

    async def run() -> Result:
        engine = create_engine(read_settings())
        try:
            with long_statements():
                async with transaction(session_factory(engine)) as session:
                    return await work(session)
        finally:
            await engine.dispose()

    return asyncio.run(run())
