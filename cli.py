"""The `podium` command: a thin composition root; what starts a process stands here, what asks the API in `commands/`.

The rule kept here: a command imports what it needs when it runs, so that `podium --help` answers at once.
"""

from typing import TYPE_CHECKING, Annotated

import typer

from commands import ahead, apply, automations, bulk, keys, preview, runs, stats, trend
from commands.output import print_error
from demo import command as demo

if TYPE_CHECKING:
    from runtime.settings import Settings

app = typer.Typer(
    name="podium",
    help="Schedule, fire, see and keep healthy every agent, workflow, network, campaign and pulse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.command()
def dev() -> None:
    """Start PostgreSQL, Temporal, worker and API on this machine; Ctrl-C stops them."""
    from runtime.stack import run_stack

    raise typer.Exit(run_stack(_settings()))


@app.command()
def api(
    with_worker: Annotated[
        bool, typer.Option("--worker", help="Carry out runs in this process too: they start without a round trip.")
    ] = False,
) -> None:
    """Serve the API and the page."""
    from api.app import create_app
    from api.server import serve
    from runtime.telemetry import configure_telemetry
    from worker import working

    settings = _settings()
    configure_telemetry(settings, process="api")
    serve(create_app(settings, companion=working if with_worker else None), host=settings.host, port=settings.port)


@app.command()
def worker() -> None:
    """Carry out runs: poll Temporal's task queues."""
    import worker as worker_process

    worker_process.main()


@app.command()
def migrate() -> None:
    """Bring the database's tables to this version."""
    from models.store.migrate import migrate as apply_migrations
    from runtime.database import database_errors, database_url

    with database_errors():
        apply_migrations(database_url(_settings()))


@app.command("sign-in")
def sign_in() -> None:
    """Print a fresh one-time link that signs a browser in as administrator."""
    from runtime.keyring import require_secret_key
    from runtime.signin import sign_in_link

    settings = _settings()
    require_secret_key(settings)
    typer.echo(sign_in_link(settings))


for part in (apply, automations, bulk, ahead, preview, trend, runs, demo):
    app.add_typer(part.app)
app.add_typer(keys.app, name="keys")
app.add_typer(stats.app, name="stats")


def main() -> None:
    """Run the command line; what Podium raises on purpose becomes one plain sentence."""
    from models.errors import PodiumError

    try:
        app()
    except PodiumError as error:
        print_error(error)
        raise SystemExit(1) from None


def _settings() -> "Settings":
    from runtime.settings import read_settings

    return read_settings()


if __name__ == "__main__":
    main()
