"""The one way to Temporal: its address, its data converter, its tracing, and its errors in our words.

The rule kept here: Temporal's own `TEMPORAL_*` settings decide, and only where they are silent the embedded
server's port does. A configuration file counts only when `TEMPORAL_CONFIG_FILE` or `TEMPORAL_PROFILE` asks
for it: the profile somebody keeps for production must never catch a stack started for a try.
"""

import asyncio
import dataclasses
import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig
from temporalio.runtime import Runtime
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from models.errors import TemporalUnavailable
from models.names import SEARCH_ATTRIBUTES
from runtime.deadlines import CONNECT, FOR_REQUESTS, FOR_WORKERS
from runtime.payload_codec import payload_codec
from runtime.settings import Settings
from runtime.telemetry import tracing_is_on

log = structlog.get_logger(__name__)

_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,  # what the SDK's core says when its own timeout ran out
        RPCStatusCode.RESOURCE_EXHAUSTED,
    }
)
_CANNOT_ASK = frozenset({RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED})


def external_address() -> str | None:
    """Return the address of a Temporal that the operator named, or None for the embedded one."""
    return _profile().address or None


def namespace() -> str:
    """Return the namespace that `TEMPORAL_*` asks for."""
    return _profile().namespace or "default"


def connect_config(settings: Settings) -> ClientConnectConfig:
    """Return the arguments that say where Temporal is and who we are."""
    config = _profile().to_client_connect_config()
    config.setdefault("target_host", f"127.0.0.1:{settings.temporal_port}")
    return config


def data_converter(settings: Settings) -> DataConverter:
    """Return how values become payloads: Pydantic models, encrypted when a payload key is set."""
    keys = settings.payload_key.get_secret_value() if settings.payload_key else None
    codec = payload_codec(keys)
    if codec is None:
        return pydantic_data_converter
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=codec,
        # Messages and stack traces of failures are payloads too.
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(
    settings: Settings, *, lazy: bool = False, runtime: Runtime | None = None, retry: RetryConfig = FOR_REQUESTS
) -> Client:
    """Return a client; a lazy one connects at its first call, and reconnects by itself ever after.

    Raises:
        TemporalUnavailable: nothing answers at the address (never when lazy).
    """
    with temporal_errors():
        return await Client.connect(
            **connect_config(settings),
            data_converter=data_converter(settings),
            plugins=[OpenTelemetryPlugin(add_temporal_spans=True)] if tracing_is_on() else [],
            retry_config=retry,
            connect_timeout=CONNECT,
            lazy=lazy,
            runtime=runtime,
        )


async def connect_patiently(
    settings: Settings, *, patience_seconds: float = 60.0, runtime: Runtime | None = None
) -> Client:
    """Connect for a worker, which has nothing to do without Temporal: try until patience ends."""
    deadline = asyncio.get_running_loop().time() + patience_seconds
    pause_seconds = 0.2
    while True:
        try:
            return await connect(settings, runtime=runtime, retry=FOR_WORKERS)
        except TemporalUnavailable as error:
            if asyncio.get_running_loop().time() + pause_seconds > deadline:
                raise
            log.warning("temporal is not there yet", reason=error.detail, again_in_seconds=pause_seconds)
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(pause_seconds * 2, 5.0)


@contextmanager
def temporal_errors() -> Iterator[None]:
    """Turn a Temporal that cannot be reached into `TemporalUnavailable`; other errors pass.

    The SDK has no error of its own for a failed connection: it raises a bare `RuntimeError`, and for nothing else that
    a client's call does. So only calls of the SDK belong in this block.
    """
    try:
        yield
    except RPCError as error:
        if error.status not in _AWAY:
            raise
        raise TemporalUnavailable(f"Temporal is unavailable: {error.message}", hint="Try again shortly.") from error
    except RuntimeError as error:
        if type(error) is not RuntimeError:
            raise
        raise TemporalUnavailable(f"Temporal cannot be reached: {error}", hint="Check TEMPORAL_ADDRESS.") from error


async def ensure_search_attributes(client: Client) -> None:
    """Register our search attributes in the client's namespace; what is there stays.

    Where the operator service is closed to us (Temporal Cloud), they must have been made beforehand.
    A server may take some seconds until it accepts a new attribute; the embedded one starts with them.
    """
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), retry=True
        )
        missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in listed.custom_attributes]
        if missing:
            await _add_search_attributes(client, missing)
    except RPCError as error:
        if error.status not in _CANNOT_ASK:
            with temporal_errors():
                raise
        names = [key.name for key in SEARCH_ATTRIBUTES]
        log.warning("cannot register search attributes; make them by hand (type Keyword)", names=names)


async def _add_search_attributes(client: Client, names: list[str]) -> None:
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=dict.fromkeys(names, keyword)),
            retry=True,
        )
    except RPCError as error:
        # Another process of ours was quicker.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


def _profile() -> ClientConfigProfile:
    asked_for_a_file = bool(os.environ.get("TEMPORAL_CONFIG_FILE") or os.environ.get("TEMPORAL_PROFILE"))
    return ClientConfigProfile.load(disable_file=not asked_for_a_file, override_env_vars=_set_variables())


def _set_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if value.strip()}
