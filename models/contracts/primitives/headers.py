"""Headers that people add to outgoing calls."""

from typing import Annotated

from pydantic import AfterValidator, Field

from models.contracts.base import Secret


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name.lower() in OUR_HEADERS:
            raise ValueError(f"{name} is set by Podium")
        if not value.isascii() or not value.isprintable():
            raise ValueError(f"the value of {name} must be printable ASCII in one line")
    return headers


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
OUR_HEADERS = frozenset({"connection", "content-length", "host", "transfer-encoding"})
Headers = Annotated[dict[HeaderName, Secret], AfterValidator(_sendable)]
"""Headers of an outgoing call. Values are secrets."""
