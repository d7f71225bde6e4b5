"""The source of time zone rules: the pinned `tzdata` wheel, never the machine's files.

Otherwise two machines with different system databases would disagree about when a schedule fires.
"""

from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

from models.errors import UnknownTimezone

TZDATA_VERSION: str = tzdata.IANA_VERSION


@cache
def zone_names() -> frozenset[str]:
    """Return every name that the wheel knows, links included."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def zone_path(name: str) -> str:
    """Return the path of a zone's TZif file inside the wheel, or raise UnknownTimezone."""
    if name not in zone_names():
        near = get_close_matches(name, zone_names(), n=3)
        raise UnknownTimezone(
            f"{name[:80]!r} is not a time zone of the IANA database {TZDATA_VERSION}.",
            field="timezone",
            hint=f"Did you mean {' or '.join(near)}?" if near else "Use a name such as Europe/Berlin or UTC.",
        )
    return f"zoneinfo/{name}"


def zone_bytes(name: str) -> bytes:
    """Return a zone's TZif file."""
    return resources.files("tzdata").joinpath(zone_path(name)).read_bytes()


@cache
def zone_rules(name: str) -> bytes:
    """Return a digest of a zone's rules: the same for two names of one zone (US/Eastern, America/New_York)."""
    return sha256(zone_bytes(name)).digest()


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of that IANA name (case counts), or raise UnknownTimezone."""
    with resources.files("tzdata").joinpath(zone_path(name)).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
