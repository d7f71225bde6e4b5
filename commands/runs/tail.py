"""`podium tail`: prints runs of the whole platform as they start and end, from the API's event stream."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.console import output
from commands.console.api_client import api, part, send
from commands.runs.progress import INTERRUPTED
from models.errors import PodiumError, Unavailable
from models.kinds import Kind
from models.states import RunStatus

if TYPE_CHECKING:
    import httpx2

app = typer.Typer()

SILENT_SECONDS = 20.0
"""The stream sends something every five seconds; after such a silence it is opened again."""
LONGEST_PAUSE = 15.0
MESSAGE_LENGTH = 200


@app.command()
def tail(
    kind: Annotated[list[Kind] | None, typer.Option("--kind", help="Only of this kind; repeatable.")] = None,
    status: Annotated[
        list[RunStatus] | None, typer.Option("--status", help="Only changes to this status; repeatable.")
    ] = None,
    automation: Annotated[
        list[str] | None, typer.Option("--automation", help="Only of this automation (slug or id); repeatable.")
    ] = None,
    roots: Annotated[bool, typer.Option("--roots", help="Without child runs.")] = False,
    most: Annotated[int | None, typer.Option("-n", min=1, help="End after so many lines.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each change as a line of JSON.")] = False,
) -> None:
    """Print runs as they start and end, until Ctrl-C.

    After a loss of the connection it goes on where it was. If changes are no longer known then, it says so.
    """
    with api(SILENT_SECONDS) as client:
        wanted = {send(client, "GET", f"/api/automations/{part(name)}")["id"] for name in automation or ()}
        names = _Names(client)
        printed = 0
        try:
            for notice in _notices(client):
                if (
                    (kind and notice["kind"] not in kind)
                    or (status and notice["status"] not in status)
                    or (wanted and notice["automationId"] not in wanted)
                    or (roots and notice["parentRunId"])
                ):
                    continue
                _print(client, names, notice, as_json)
                printed += 1
                if printed == most:
                    return
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


def _notices(client: "httpx2.Client") -> Iterator[dict[str, Any]]:
    """Yield the changes of runs; opens the stream again where it was whenever it is lost."""
    last: str | None = None
    pause = 1.0
    while True:
        try:
            for event, data, number in _events(client, last):
                pause = 1.0
                last = number or last
                if event == "ready":
                    _say("Listening; Ctrl-C ends it.")
                elif event == "resync":
                    _say("Some changes are missing here: the connection was lost for too long.")
                elif event == "away":
                    _say("Podium cannot reach its database.")
                elif event == "run":
                    yield json.loads(data)
            _say("The stream has ended; opening it again.")
        except Unavailable as error:
            _say(f"{error.detail}; trying again in {pause:g} s.")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _events(client: "httpx2.Client", last: str | None) -> Iterator[tuple[str, str, str | None]]:
    """Yield name, data and id of each server-sent event.

    Raises:
        Unavailable: the connection cannot be opened, or is lost.
        PodiumError: the API refuses.
    """
    import httpx2

    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    try:
        with client.stream("GET", "/api/live/stream", headers=headers) as answer:
            if not answer.is_success:
                answer.read()
                _refuse(answer)
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(":")
                if line and name:
                    fields[name] = value.removeprefix(" ")
                elif not line and fields:
                    yield fields.get("event", "message"), fields.get("data", ""), fields.get("id")
                    fields = {}
    except httpx2.TransportError as error:
        raise Unavailable(f"The connection to {client.base_url} is lost ({type(error).__name__})") from None


def _refuse(answer: "httpx2.Response") -> None:
    from commands.console.api_client import Refused
    from models.contracts.problems import Problem

    if answer.status_code >= 500:
        raise Unavailable(f"Podium answered {answer.status_code}")
    raise Refused(Problem.model_validate_json(answer.content))


class _Names:
    """Names of automations, each asked for once."""

    def __init__(self, client: "httpx2.Client") -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def of(self, automation_id: str) -> str:
        if automation_id not in self._known:
            try:
                found = send(self._client, "GET", f"/api/automations/{part(automation_id)}")["name"]
            except PodiumError:
                found = automation_id
            self._known[automation_id] = found
        return self._known[automation_id]


def _print(client: "httpx2.Client", names: _Names, notice: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(notice, ensure_ascii=False))
        return
    from rich.markup import escape

    at = notice["finishedAt"] or notice["startedAt"]
    time_of_day = (datetime.fromisoformat(at) if at else datetime.now(UTC)).astimezone().strftime("%H:%M:%S")
    of = names.of(notice["automationId"]) if notice["automationId"] else ""
    reason = f" ({notice['reason']})" if notice["reason"] else ""
    error = _error(client, notice["runId"]) if notice["status"] == "failed" else ""
    child = "  " if notice["parentRunId"] else ""
    output.console().print(
        f"{time_of_day}  {child}{output.styled(notice['status'], output.STATUS_STYLES)}{escape(reason)}  "
        f"{notice['kind']} {escape(of)}  [dim]{notice['runId']}[/dim]{escape(error)}",
        soft_wrap=True,
    )


def _error(client: "httpx2.Client", run_id: str) -> str:
    try:
        error = send(client, "GET", f"/api/runs/{part(run_id)}")["error"]
    except PodiumError:
        return ""
    return f"  {error['type']}: {error['message'][:MESSAGE_LENGTH]}" if error else ""


def _say(text: str) -> None:
    # Not among the lines that a program reads.
    typer.echo(text, err=True)
