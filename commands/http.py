"""The way from the `podium` command to the API: where it is, which key it takes, what its refusals say.

The rule kept here: the administrator's key that lies on this machine is sent to this machine only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from models.errors import PodiumError, Unauthenticated, Unavailable

if TYPE_CHECKING:
    # Every command stands on this file: what is slow to import waits until one is run.
    import httpx2

    from models.contracts.problems import Problem
    from runtime.settings import Settings

# Firing waits for Temporal at most some seconds; a large declaration takes a few more.
ANSWER_SECONDS = 60.0
CONNECT_SECONDS = 5.0


class Refused(PodiumError):
    """What the API refused, as it said it."""

    def __init__(self, problem: "Problem") -> None:
        """Keep the whole problem beside what every error has."""
        super().__init__(problem.detail, field=problem.field, hint=problem.hint)
        self.problem = problem


@contextmanager
def api() -> Iterator["httpx2.Client"]:
    """Open the way to the API.

    Raises:
        Unauthenticated: no key is known.
    """
    import httpx2

    from runtime.settings import read_settings

    settings = read_settings()
    url = api_url(settings)
    headers = {"Authorization": f"Bearer {_key(settings, url)}", "Accept": "application/json"}
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    # A proxy of the environment's has no business between two processes of one machine.
    with httpx2.Client(base_url=url, headers=headers, timeout=timeout, trust_env=not _is_local(url)) as client:
        yield client


def send(
    client: "httpx2.Client", method: str, path: str, *, body: Any = None, params: dict[str, Any] | None = None
) -> Any:
    """Send one request and return the answer's JSON, None where it has no body.

    Raises:
        Refused: the API refused.
        Unavailable: nothing answers there, or something that is no Podium.
    """
    import httpx2
    from pydantic import ValidationError

    from models.contracts.problems import Problem

    given = {name: value for name, value in (params or {}).items() if value not in (None, False, [], ())}
    try:
        answer = client.request(method, path, json=body, params=given)
    except httpx2.TransportError as error:
        raise Unavailable(
            f"No Podium answers at {client.base_url} ({error})",
            hint="Start one with `podium dev` or `make dev`, or say where it is with PODIUM_URL.",
        ) from None
    if answer.status_code == 204:
        return None
    try:
        content = answer.json()
        if answer.is_success:
            return content
        problem = Problem.model_validate(content)
    except (ValueError, ValidationError):
        raise Unavailable(
            f"{client.base_url} answered {answer.status_code}, but not as Podium does", hint="Check PODIUM_URL."
        ) from None
    raise Refused(problem)


def part(name: str) -> str:
    """Write a name that a person gave as one part of a path."""
    return quote(name, safe="")


def api_url(settings: "Settings") -> str:
    """Return where the API is."""
    from runtime.settings import browsable

    return settings.url or f"http://{browsable(settings.host)}:{settings.port}"


def _key(settings: "Settings", url: str) -> str:
    from runtime.signin import kept_admin_key

    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    may_be_sent = settings.admin_key is not None or _is_local(url)
    if may_be_sent and (key := kept_admin_key(settings)):
        return key
    raise Unauthenticated(
        f"No API key for {url} is known",
        hint="Set PODIUM_API_KEY, or go to where Podium was started, so that its data directory is found.",
    )


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
