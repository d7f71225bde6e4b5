"""Connections to Temporal: address, data converter, tracing and errors.

Temporal's own `TEMPORAL_*` settings apply first, then the embedded server's port. A configuration file is read only
where `TEMPORAL_CONFIG_FILE` or `TEMPORAL_PROFILE` is set, so that a local stack never connects to a production profile.
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
from runtime.settings import Settings
from runtime.telemetry import tracing_is_on
from runtime.temporal.deadlines import CONNECT, FOR_REQUESTS, FOR_WORKERS
from runtime.temporal.payload_codec import payload_codec

log = structlog.get_logger(__name__)

_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.CANCELLED,  # the SDK's core uses it for its own timeout
        RPCStatusCode.RESOURCE_EXHAUSTED,
    }
)
_NO_OPERATOR_SERVICE = frozenset({RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED})


def external_address() -> str | None:
    """Return the address of Temporal that is configured, or None for the embedded server."""
    return _profile().address or None


def namespace() -> str:
    """Return the configured namespace."""
    return _profile().namespace or "default"


def connect_config(settings: Settings) -> ClientConnectConfig:
    """Return address, namespace and credentials for connecting."""
    config = _profile().to_client_connect_config()
    config.setdefault("target_host", f"127.0.0.1:{settings.temporal_port}")
    return config


def data_converter(settings: Settings) -> DataConverter:
    """Return the converter of Pydantic models into payloads, which are encrypted where a payload key is set."""
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
    """Return a client, which reconnects automatically; a lazy one connects at its first call.

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
    """Connect for a worker: retry for `patience_seconds`, then raise `TemporalUnavailable`."""
    deadline = asyncio.get_running_loop().time() + patience_seconds
    pause_seconds = 0.2
    while True:
        try:
            return await connect(settings, runtime=runtime, retry=FOR_WORKERS)
        except TemporalUnavailable as error:
            if asyncio.get_running_loop().time() + pause_seconds > deadline:
                raise
            log.warning("temporal is not available yet", reason=error.detail, retry_in_seconds=pause_seconds)
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
    """Register Podium's search attributes in the client's namespace; existing ones are kept.

    Where the operator service is not accessible (Temporal Cloud), they have to be created beforehand. A server may need
    seconds until it accepts a new attribute; the embedded one starts with them.
    """
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace), retry=True
        )
        missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in listed.custom_attributes]
        if missing:
            await _add_search_attributes(client, missing)
    except RPCError as error:
        if error.status not in _NO_OPERATOR_SERVICE:
            with temporal_errors():
                raise
        names = [key.name for key in SEARCH_ATTRIBUTES]
        log.warning("cannot register search attributes; create them manually (type Keyword)", names=names)


async def _add_search_attributes(client: Client, names: list[str]) -> None:
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=dict.fromkeys(names, keyword)),
            retry=True,
        )
    except RPCError as error:
        # Another process has registered them since.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


def _profile() -> ClientConfigProfile:
    asked_for_a_file = bool(os.environ.get("TEMPORAL_CONFIG_FILE") or os.environ.get("TEMPORAL_PROFILE"))
    return ClientConfigProfile.load(disable_file=not asked_for_a_file, override_env_vars=_set_variables())


def _set_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if value.strip()}
