"""Connecting to Temporal, and errors while it is unreachable."""

from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.errors import TemporalUnavailable
from models.names import SEARCH_ATTRIBUTES
from runtime.processes.embedded.spawning import free_port
from runtime.settings import Settings
from runtime.temporal.connection import (
    connect,
    connect_config,
    connect_patiently,
    ensure_search_attributes,
    external_address,
    namespace,
    temporal_errors,
)


def test_the_embedded_port_is_used_only_without_temporal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(temporal_port=7999)
    assert connect_config(settings) == {"target_host": "127.0.0.1:7999"}
    assert external_address() is None
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "podium")
    monkeypatch.setenv("TEMPORAL_API_KEY", "key")
    config = connect_config(settings)
    assert (config["target_host"], config["namespace"], config["api_key"], config["tls"]) == (
        "temporal.example:7233",
        "podium",
        "key",
        True,
    )
    assert (external_address(), namespace()) == ("temporal.example:7233", "podium")


def test_a_blank_address_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", " ")
    assert external_address() is None


def test_a_profile_file_is_read_only_on_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".config" / "temporalio" / "temporal.toml"
    file.parent.mkdir(parents=True)
    file.write_text('[profile.default]\naddress = "production.example:7233"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    assert external_address() is None
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    assert external_address() == "production.example:7233"


async def test_registering_search_attributes_is_idempotent(temporal_client: Client) -> None:
    await ensure_search_attributes(temporal_client)
    listed = await temporal_client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="default")
    )
    assert {key.name for key in SEARCH_ATTRIBUTES} <= set(listed.custom_attributes)


async def test_an_unreachable_temporal_is_temporal_unavailable_at_any_point() -> None:
    settings = Settings(temporal_port=free_port())
    with pytest.raises(TemporalUnavailable):
        await connect(settings)
    with pytest.raises(TemporalUnavailable):
        await connect_patiently(settings, patience_seconds=0.5)
    lazy = await connect(settings, lazy=True)
    with pytest.raises(TemporalUnavailable), temporal_errors():
        await lazy.start_workflow("any", id="any", task_queue="any")


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        (RPCStatusCode.UNAVAILABLE, TemporalUnavailable),
        (RPCStatusCode.DEADLINE_EXCEEDED, TemporalUnavailable),
        (RPCStatusCode.CANCELLED, TemporalUnavailable),
        (RPCStatusCode.NOT_FOUND, RPCError),
        (RPCStatusCode.ALREADY_EXISTS, RPCError),
    ],
)
def test_only_connection_errors_become_temporal_unavailable(status: RPCStatusCode, becomes: type[Exception]) -> None:
    with pytest.raises(becomes), temporal_errors():
        raise RPCError("said the server", status, b"")


def test_a_failed_connection_is_recognised_by_type_and_not_by_message() -> None:
    with pytest.raises(TemporalUnavailable), temporal_errors():
        raise RuntimeError("whatever the SDK says in its next version")
    with pytest.raises(NotImplementedError), temporal_errors():
        raise NotImplementedError("connect")
