"""The types of settings, each with an error message that shows a valid value."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MIN_KEEP_DAYS = 7
_HOST = re.compile(r"^(?!-)[A-Za-z0-9_.-]{1,253}$")
WEBHOOK_SCHEMES = ("http://", "https://")
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$")
_MODULE = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")


def split_commas(value: object) -> object:
    """Split `a, b` at commas; return anything but text unchanged."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.split(",") if part.strip())


def split_urls(value: object) -> object:
    """Split URLs at commas and blanks; a comma inside of a URL stays, as some services have lists there."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in re.split(r"[,\s]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", value.strip(" ,\n")) if part)


def _notice_url(value: SecretStr) -> SecretStr:
    if not _URL.match(value.get_secret_value()):
        # Without the value: it is a secret.
        raise ValueError("should be addresses like https://example.com/notices or slack://...")
    return value


def _postgres_url(value: str) -> str:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError("should be like postgresql://user:password@host:5432/database") from None
    if url.drivername not in {"postgresql", "postgresql+psycopg"}:
        raise ValueError(f"should start with postgresql://, not {url.drivername}://")
    if not url.database:
        raise ValueError("should name the database: postgresql://user:password@host:5432/database")
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _web_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("should be like https://podium.example.com")
    return value.rstrip("/")


def _trace_url(value: str) -> str:
    from models.rules.runs.trace_link import template_fault

    _web_url(value)
    if fault := template_fault(value):
        raise ValueError(fault)
    return value


def _host_or_network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        looks_like_an_address = "/" in value or value.replace(".", "").isdigit()
        if looks_like_an_address or not _HOST.match(value):
            raise ValueError(f"{value!r} is not a host name, address or network (10.0.0.0/8)") from None
    return value.lower()


def _module_name(value: str) -> str:
    if not _MODULE.match(value):
        raise ValueError(f"{value!r} is not the dotted name of a Python module")
    return value


def _queue_name(value: str) -> str:
    # Imported here: the module loads Temporal's SDK, for which every command would wait.
    from models.names import QUEUES

    if value not in QUEUES:
        raise ValueError(f"{value!r} is not a task queue; choose from {', '.join(QUEUES)}")
    return value


def _keep_days(value: int) -> int:
    if 0 < value < MIN_KEEP_DAYS:
        raise ValueError(f"should be at least {MIN_KEEP_DAYS} (senders repeat deliveries for days), or 0 for ever")
    return value


NoticeUrl = Annotated[SecretStr, AfterValidator(_notice_url)]
KeepDays = Annotated[int, Field(ge=0), AfterValidator(_keep_days)]
QueueName = Annotated[str, AfterValidator(_queue_name)]
PostgresUrl = Annotated[str, AfterValidator(_postgres_url)]
TraceUrl = Annotated[str, AfterValidator(_trace_url)]
WebUrl = Annotated[str, AfterValidator(_web_url)]
HostOrNetwork = Annotated[str, AfterValidator(_host_or_network)]
ModuleName = Annotated[str, AfterValidator(_module_name)]
EncryptionKeys = Annotated[SecretStr, Field(min_length=16)]
