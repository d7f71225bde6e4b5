"""Finds the agents and URLs inside a spec, each with the field that holds it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from models.contracts.primitives.specs import (
    AgentRouter,
    BaseSpec,
    Member,
    MissionSpec,
    PulseMember,
    StepSpec,
    TaskSpec,
)
from models.errors import Invalid


class Meaning(StrEnum):
    """The sort of thing that a text in a spec refers to."""

    AGENT = "agent"
    URL = "url"


MEANINGS = {"agent": Meaning.AGENT, "planner": Meaning.AGENT, "url": Meaning.URL, "base_url": Meaning.URL}
# A network lists its members as slugs; a pulse lists objects, whose field `agent` holds the slug.
MEANINGS_IN_LISTS = {"members": Meaning.AGENT}


class Reference(NamedTuple):
    """A text in a spec that refers to something elsewhere.

    Attributes:
        field: Its path on the wire: `spec.steps[1].agent`.
        value: The agent's slug, or the URL.
        meaning: What it refers to.
        owners: The models around it, the spec first.
    """

    field: str
    value: str
    meaning: Meaning
    owners: tuple[BaseModel, ...]

    @property
    def role(self) -> str:
        """The role of an agent in the spec: `member`, `router`, `planner`, `step:<key>` or `task:<mission>/<task>`."""
        match self.owners:
            case (*_, StepSpec(key=key)):
                return f"step:{key}"
            case (*_, MissionSpec(name=mission), TaskSpec(name=task)):
                return f"task:{mission}/{task}"
            case (*_, AgentRouter()):
                return "router"
        return "planner" if self.field == "spec.planner" else "member"


def references(spec: BaseSpec) -> Iterator[Reference]:
    """Yield every agent and URL in a spec, in the order of its fields. The users' own JSON is not searched."""
    return _references("spec", (spec,))


def agents(spec: BaseSpec) -> Iterator[Reference]:
    """Yield the agents that a spec names; an agent in two roles comes twice."""
    return (one for one in references(spec) if one.meaning is Meaning.AGENT)


def urls(spec: BaseSpec) -> Iterator[Reference]:
    """Yield the URLs that runs of a spec call."""
    return (one for one in references(spec) if one.meaning is Meaning.URL)


def members(spec: BaseSpec) -> tuple[Member, ...]:
    """Return the agents that a spec names, with role and weight."""
    return tuple(
        Member(
            agent=one.value,
            role=one.role,
            weight=one.owners[-1].weight if isinstance(one.owners[-1], PulseMember) else 1.0,
        )
        for one in agents(spec)
    )


def _references(path: str, owners: tuple[BaseModel, ...]) -> Iterator[Reference]:
    for name, value in owners[-1]:
        field = f"{path}.{to_camel(name)}"
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _of_value(f"{field}[{index}]", item, MEANINGS_IN_LISTS.get(name), owners)
        else:
            yield from _of_value(field, value, MEANINGS.get(name), owners)


def _of_value(field: str, value: object, meaning: Meaning | None, owners: tuple[BaseModel, ...]) -> Iterator[Reference]:
    if isinstance(value, BaseModel):
        yield from _references(field, (*owners, value))
    elif isinstance(value, str) and meaning is not None:
        yield Reference(field, value, meaning, owners)


def check_url(url: str, *, field: str) -> None:
    """Raise `Invalid` unless the text is an absolute http or https URL without a user name or password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Invalid(f"{url!r} is not a valid URL: {error}", field=field) from None
    if parts.scheme not in {"http", "https"} or not host or url != url.strip() or " " in url:
        raise Invalid(f"{url!r} is not an http(s) URL", field=field, hint="Write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise Invalid("a URL must not contain a user or password", field=field, hint="Put them into a header.")
