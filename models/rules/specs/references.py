"""Finds, inside a spec, what must be looked up elsewhere: agents by slug and URLs, each with its dotted place."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from models.contracts.specs import BaseSpec
from models.errors import Invalid

_AGENT_FIELDS = frozenset({"agent", "planner"})
_URL_FIELDS = frozenset({"url", "base_url"})


def agent_places(spec: BaseSpec) -> Iterator[tuple[str, str]]:
    """Yield (place, slug) of every agent that the spec names; a place is like `spec.steps[1].agent`."""
    for place, name, value in _texts(spec, "spec"):
        if name in _AGENT_FIELDS or (name == "members" and isinstance(value, str)):
            yield place, value


def url_places(spec: BaseSpec) -> Iterator[tuple[str, str]]:
    """Yield (place, URL) of every address that the spec would call."""
    return ((place, value) for place, name, value in _texts(spec, "spec") if name in _URL_FIELDS)


def _texts(model: BaseModel, place: str) -> Iterator[tuple[str, str, str]]:
    """Walk the fields of contracts; what is JSON of the user's own inside them is not walked."""
    for name, value in model:
        here = f"{place}.{to_camel(name)}"
        if isinstance(value, str):
            yield here, name, value
        elif isinstance(value, BaseModel):
            yield from _texts(value, here)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, str):
                    yield f"{here}[{index}]", name, item
                elif isinstance(item, BaseModel):
                    yield from _texts(item, f"{here}[{index}]")


def check_url(url: str, *, field: str) -> None:
    """Raise `Invalid` unless the text is an absolute http or https URL without a user name or password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Invalid(f"{url!r} is no URL: {error}", field=field) from None
    if parts.scheme not in {"http", "https"} or not host or url != url.strip() or " " in url:
        raise Invalid(f"{url!r} is no URL that can be called", field=field, hint="Write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise Invalid("a URL must not carry a user or password", field=field, hint="Put them into a header.")
