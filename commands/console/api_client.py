"""HTTP client of the `podium` command: address, API key and error handling.

The administrator's key that is stored on this machine is sent to this machine only.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from models.errors import PodiumError, Unauthenticated, Unavailable

if TYPE_CHECKING:
    # Every command imports this module, so slow imports wait until one runs.
    import httpx2

    from models.contracts.problems import Problem
    from runtime.settings import Settings

ANSWER_SECONDS = 60.0
MANY_SECONDS = 600.0
"""For a request that changes thousands of things in one transaction."""
CONNECT_SECONDS = 5.0
PAGE = 200
PATIENCE_SECONDS = 10.0
"""How long a search for rare items goes on."""
READING = {"GET", "HEAD"}


class Refused(PodiumError):
    """An error response of the API."""

    def __init__(self, problem: "Problem") -> None:
        super().__init__(problem.detail, field=problem.field, hint=problem.hint)
        self.problem = problem


@contextmanager
def api(answer_seconds: float = ANSWER_SECONDS) -> Iterator["httpx2.Client"]:
    """Open a client for the API that waits so long for an answer.

    Raises:
        Unauthenticated: no API key is known.
    """
    import httpx2

    from runtime.settings import read_settings

    settings = read_settings()
    url = api_url(settings)
    headers = {"Authorization": f"Bearer {_key(settings, url)}", "Accept": "application/json"}
    timeout = httpx2.Timeout(answer_seconds, connect=CONNECT_SECONDS)
    # A proxy from the environment must not come between two processes of one machine.
    with httpx2.Client(base_url=url, headers=headers, timeout=timeout, trust_env=not _is_local(url)) as client:
        yield client


def send(
    client: "httpx2.Client", method: str, path: str, *, body: Any = None, params: dict[str, Any] | None = None
) -> Any:
    """Send one request and return the JSON of the response, None where it has no body.

    Raises:
        Refused: the API answered with an error.
        Unavailable: nothing answers at the address, or not in time, or it is not Podium.
    """
    import httpx2
    from pydantic import ValidationError

    from models.contracts.problems import Problem

    given = {name: value for name, value in (params or {}).items() if value not in (None, False, [], ())}
    try:
        answer = client.request(method, path, json=body, params=given)
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise Unavailable(
            f"No Podium answers at {client.base_url} ({error})",
            hint="Start it with `podium dev` or `make dev`, or set PODIUM_URL to its address.",
        ) from None
    except httpx2.TransportError as error:
        asked = method in READING
        raise Unavailable(
            f"Podium at {client.base_url} has not answered ({error})",
            hint="Try again." if asked else "It may still do what was asked: look before you try again.",
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
            f"{client.base_url} answered {answer.status_code}, but it is not Podium", hint="Check PODIUM_URL."
        ) from None
    raise Refused(problem)


def send_all(client: "httpx2.Client", path: str, *, params: dict[str, Any] | None = None, most: int) -> dict[str, Any]:
    """Read a paged list up to `most` items; `nextCursor` of the result is set where there are more.

    A search for rare items ends after `PATIENCE_SECONDS`; `searchedTo` of the result says how far it went.
    """
    found: dict[str, Any] = {"items": [], "nextCursor": None}
    begun = time.monotonic()
    while True:
        asked = {**(params or {}), "limit": min(most - len(found["items"]), PAGE), "cursor": found["nextCursor"]}
        page = send(client, "GET", path, params=asked)
        found = {**page, "items": found["items"] + page["items"]}
        is_tired = page.get("searchedTo") and time.monotonic() - begun > PATIENCE_SECONDS
        if not page["nextCursor"] or len(found["items"]) >= most or is_tired:
            return found


def part(name: str) -> str:
    """Escape a name that a person gave as one segment of a path."""
    return quote(name, safe="")


def api_url(settings: "Settings") -> str:
    from runtime.settings import browsable

    return settings.url or f"http://{browsable(settings.host)}:{settings.port}"


def _key(settings: "Settings", url: str) -> str:
    from runtime.security.signin import kept_admin_key

    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    may_be_sent = settings.admin_key is not None or _is_local(url)
    if may_be_sent and (key := kept_admin_key(settings)):
        return key
    raise Unauthenticated(
        f"No API key for {url} is known",
        hint="Set PODIUM_API_KEY, or run the command where Podium was started, so that it finds the data directory.",
    )


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
