"""The `podium` command: commands that start a process are here, those that call the API are in `commands/`.

Imports are inside the functions, so that `podium --help` is fast.
"""

import asyncio
import errno
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from commands import audit, budgets, control, errors, events, keys, mcp, notices, primitives, stats
from commands.automations import actions, bulk, dependencies, impact, listing, queue, show, trend, why
from commands.console.output import print_error
from commands.declarations import apply, export
from commands.deliveries import listing as delivery_listing
from commands.deliveries import replaying
from commands.forecast import calendar, costs, density, preview, spread, what_if
from commands.runs import backfills, runs, tail
from commands.runs import listing as run_listing

if TYPE_CHECKING:
    from runtime.settings import Settings

app = typer.Typer(
    name="podium",
    help="Schedule, run and monitor agents, workflows, networks, campaigns and pulses.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"podium {version('podium')}")
        except PackageNotFoundError:
            # The image runs from the source tree, without an installed package.
            typer.echo("podium (not installed as a package)")
        raise typer.Exit


@app.callback()
def podium(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Schedule, run and monitor agents, workflows, networks, campaigns and pulses."""


@app.command()
def dev() -> None:
    """Start PostgreSQL, Temporal, worker and API on this machine; Ctrl-C stops them."""
    from runtime.processes.stack import run_stack

    raise typer.Exit(run_stack(_settings()))


@app.command()
def api(
    with_worker: Annotated[
        bool, typer.Option("--worker", help="Also run a worker in this process, so that runs start without delay.")
    ] = False,
) -> None:
    """Serve the API and the page."""
    from api.app import create_app
    from api.server import serve
    from runtime.installation_check import check_at_start
    from runtime.telemetry import configure_telemetry
    from worker import working

    settings = _settings()
    configure_telemetry(settings, process="api")
    asyncio.run(check_at_start(settings, wait=False))
    serve(create_app(settings, companion=working if with_worker else None), host=settings.host, port=settings.port)


@app.command()
def worker(
    queues: Annotated[
        str | None,
        typer.Option(
            help="Task queues to serve, separated by commas: workflows, control, models, http, python, simulated. "
            "Default: PODIUM_WORKER_QUEUES, else all."
        ),
    ] = None,
) -> None:
    """Execute runs: poll Temporal's task queues."""
    import worker as worker_process

    if queues is not None:
        os.environ["PODIUM_WORKER_QUEUES"] = queues
    worker_process.main()


@app.command()
def migrate(
    forget_identity: Annotated[
        bool,
        typer.Option(
            help="Accept other keys or another Temporal namespace: the next process that starts decides. What the old "
            "keys encrypted cannot be read with others."
        ),
    ] = False,
) -> None:
    """Migrate the database schema to this version."""
    from models.store.migrate import migrate as apply_migrations
    from runtime.database import database_errors, database_url

    with database_errors():
        apply_migrations(database_url(_settings()), forget_identity=forget_identity)


@app.command("sign-in")
def sign_in() -> None:
    """Print a one-time link that signs a browser in as administrator."""
    from runtime.security.keyring import require_secret_key
    from runtime.security.signin import sign_in_link

    settings = _settings()
    require_secret_key(settings)
    typer.echo(sign_in_link(settings))


for part in (apply, export, listing, show, actions, bulk, queue, trend, why, impact, runs, tail, events, audit):
    app.add_typer(part.app)
for part in (run_listing, control, mcp, notices, density, calendar, costs, preview, what_if):
    app.add_typer(part.app)
app.add_typer(spread.app, name="spread")
app.add_typer(backfills.app, name="backfill")
app.add_typer(dependencies.edges, name="dependencies")
app.add_typer(delivery_listing.app, name="deliveries")
app.add_typer(replaying.app, name="replays")
app.add_typer(errors.app, name="errors")
app.add_typer(primitives.app, name="primitives")
app.add_typer(keys.app, name="keys")
app.add_typer(budgets.app, name="budgets")
app.add_typer(stats.app, name="stats")
if find_spec("demo"):
    # The production image leaves the demo out.
    from demo import command as demo

    app.add_typer(demo.app)


def main() -> None:
    """Run the command line; expected errors become one message and exit code 1."""
    from models.errors import PodiumError

    # Closed by the caller (`>&-`), as in cron jobs: the command does its work all the same.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows a replacement instead of stopping the command.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except PodiumError as error:
        print_error(error)
        raise SystemExit(1) from None
    except OSError as error:
        _output_failed(error)


def _output_failed(error: OSError) -> None:
    """Exit quietly if the reader of a pipe is gone, and with a message if output cannot be written."""
    if error.errno not in (errno.EPIPE, errno.ENOSPC, errno.EIO):
        raise error
    # Python flushes standard output once more at exit, and would report the same error again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno != errno.EPIPE:
        sys.stderr.write(f"podium: the output cannot be written: {error.strerror}\n")
    raise SystemExit(1)


def _settings() -> "Settings":
    from runtime.settings import read_settings

    return read_settings()


if __name__ == "__main__":
    main()
