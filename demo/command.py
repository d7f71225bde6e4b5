"""`podium demo`: declares a platform to look at and gives it a past.

The rule kept here: it never touches what somebody else has made, and a second call changes nothing.
"""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.http import api, send
from models.errors import Conflict

if TYPE_CHECKING:
    import httpx2

app = typer.Typer()


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Another seed gives another past.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Archive what the demo has made.")] = False,
) -> None:
    """Fill Podium with a platform to look at: simulated agents, live schedules and a month of history."""
    with api() as client:
        if remove:
            _remove(client)
            return
        if asyncio.run(_is_loaded()):
            typer.echo("The demo is here already; nothing was changed. `podium demo --remove` archives it.")
            return
        now = datetime.now(UTC)
        hooks = _declare(client)
        runs = asyncio.run(_give_past(seed, now))
    typer.echo(f"Declared the demo and wrote {runs:,} past runs; its schedules are live from now on.")
    typer.echo("Every agent in it is simulated but the Citation Librarian; `podium list` shows it all.")
    for path, secret in hooks:
        typer.echo(f"The webhook /api/webhooks/{path} has the secret {secret} (shown this once)")


def _declare(client: "httpx2.Client") -> Sequence[tuple[str, str]]:
    """Declare the platform; return its webhooks and the secrets that were made for them."""
    body, hooks = _with_secrets()
    plan = send(client, "POST", "/api/declarations", body={**body, "dryRun": True})
    taken = [item["key"] for item in plan["items"] if any(one["field"] == "managedBy" for one in item["changes"])]
    if taken:
        raise Conflict(
            f"The demo would take over what is yours: {', '.join(taken)}",
            hint="Load it into an empty database, or rename these.",
        )
    send(client, "POST", "/api/declarations", body=body)
    return hooks


def _remove(client: "httpx2.Client") -> None:
    from demo.recipe import SOURCE

    plan = send(client, "POST", "/api/declarations", body={"source": SOURCE, "prune": True})
    count = sum(item["action"] == "archive" for item in plan["items"])
    typer.echo(f"Archived {count} things that the demo had made; their runs stay.")


def _with_secrets() -> tuple[dict[str, Any], Sequence[tuple[str, str]]]:
    from demo.recipe import SOURCE, platform

    hooks: list[tuple[str, str]] = []
    automations = []
    for one in platform()["automations"]:
        if "webhook" in one:
            hooks.append((one["webhook"]["path"], secrets.token_urlsafe(24)))
            one = {**one, "webhook": {**one["webhook"], "secret": hooks[-1][1]}}
        automations.append(one)
    return {**platform(), "automations": automations, "source": SOURCE}, hooks


async def _is_loaded() -> bool:
    from demo.history_import import is_loaded
    from demo.recipe import SOURCE
    from runtime.database import create_engine, session_factory, transaction
    from runtime.settings import read_settings

    engine = create_engine(read_settings())
    try:
        async with transaction(session_factory(engine)) as session:
            return await is_loaded(session, SOURCE)
    finally:
        await engine.dispose()


async def _give_past(seed: int, now: datetime) -> int:
    from demo.loading import give_past
    from runtime.database import create_engine, session_factory, transaction
    from runtime.settings import read_settings

    engine = create_engine(read_settings())
    try:
        async with transaction(session_factory(engine)) as session:
            return await give_past(session, seed=seed, now=now)
    finally:
        await engine.dispose()
