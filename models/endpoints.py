"""Delivery endpoints: what a delivery was sent to, as `deliveries.endpoint` stores it.

An endpoint is its kind and a name, such as `webhook:orders`. Idempotency keys are unique within an endpoint.
"""

from enum import StrEnum
from typing import NamedTuple


class EndpointKind(StrEnum):
    """The kind of endpoint that a delivery is sent to; the comment says what the name is."""

    WEBHOOK = "webhook"  # path
    EVENT = "event"  # event name
    SLACK = "slack"  # event type or slash command
    AUTOMATION = "automation"  # id, fired manually
    PRIMITIVE = "primitive"  # id, executed directly
    RUN = "run"  # id of the run that is rerun
    DEPENDENCY = "dependency"  # id of the dependency that fires


class Endpoint(NamedTuple):
    """An endpoint in its parts."""

    kind: EndpointKind
    name: str


SLACK_UNVERIFIED = EndpointKind.SLACK.value
"""Where rejected Slack requests are counted: without a valid signature their content is not read."""


def endpoint(kind: EndpointKind, name: object) -> str:
    """Return an endpoint as it is stored."""
    return f"{kind.value}:{name}"


def parse_endpoint(stored: str) -> Endpoint:
    """Split a stored endpoint; raise `ValueError` for an unknown kind."""
    kind, _, name = stored.partition(":")
    return Endpoint(EndpointKind(kind), name)
