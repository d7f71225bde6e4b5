"""Secrets at rest, encrypted payloads in Temporal, and secret files in the data directory."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import pytest
import time_machine
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from models.errors import Invalid, Unauthenticated
from runtime.processes.home import keep_secret
from runtime.security.keyring import CannotDecrypt, Keyring, Sealed, secret_key
from runtime.security.secrets import PROVIDER_KEYS, conceal, reveal, secrets_keyring
from runtime.security.signin import LIFETIME_SECONDS, read_sign_in_token, sign_in_token
from runtime.settings import Settings
from runtime.temporal.connection import data_converter
from runtime.temporal.payload_codec import payload_codec

OLD, NEW = "an-old-key-0123456789", "a-new-key-9876543210"


def ring(keys: str) -> Keyring:
    return secrets_keyring(Settings(secret_key=keys))


def test_a_secret_is_stored_encrypted_and_read_back() -> None:
    stored = conceal(ring(OLD), "hush", context="automations.secret")
    assert "hush" not in stored
    assert stored != conceal(ring(OLD), "hush", context="automations.secret")
    assert reveal(ring(OLD), stored, context="automations.secret") == "hush"


def test_a_ciphertext_decrypts_only_in_its_own_context() -> None:
    stored = conceal(ring(OLD), "hush", context="automations.secret")
    with pytest.raises(Invalid, match="changed or cut"):
        reveal(ring(OLD), stored, context="primitives.secret")


def test_after_a_rotation_old_ciphertexts_are_read_and_new_ones_use_the_new_key() -> None:
    stored, both = conceal(ring(OLD), "hush"), ring(f"{NEW}, {OLD}")
    assert reveal(both, stored) == "hush"
    with pytest.raises(Invalid, match="fingerprint"):
        reveal(ring(NEW), stored)


@pytest.mark.parametrize("junk", ["", "plain", "v1.", "v1.abc.%%%", "v2.0011.AAAA", "v1.00112233.AAAA"])
def test_an_invalid_ciphertext_is_an_error(junk: str) -> None:
    with pytest.raises(Invalid):
        reveal(ring(OLD), junk)


def test_a_reference_is_resolved_at_use(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = conceal(ring(OLD), "env:PODIUM_SECRET_MY_TOKEN")
    assert stored == "env:PODIUM_SECRET_MY_TOKEN"
    monkeypatch.setenv("PODIUM_SECRET_MY_TOKEN", "from the environment")
    assert reveal(ring(OLD), stored) == "from the environment"
    monkeypatch.delenv("PODIUM_SECRET_MY_TOKEN")
    with pytest.raises(Invalid, match="MY_TOKEN is not set"):
        reveal(ring(OLD), stored)


@pytest.mark.parametrize(
    "name",
    [
        "PODIUM_ADMIN_KEY",
        "PODIUM_SECRET_KEY",
        "PODIUM_SECRET_VARIABLES",
        "TEMPORAL_API_KEY",
        "PGPASSWORD",
        "A-B",
        "OPENAI_API_KEY",
        "AWS_SESSION_TOKEN",
        "HF_TOKEN",
        "DATABASE_URL",
    ],
)
def test_a_reference_reads_only_allowed_variables(name: str) -> None:
    with pytest.raises(Invalid):
        conceal(ring(OLD), f"env:{name}")
    with pytest.raises(Invalid):
        reveal(ring(OLD), f"env:{name}")


def test_the_operator_can_allow_other_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hub")
    keyring = secrets_keyring(Settings(home=tmp_path, secret_variables=("HF_TOKEN",)))
    assert reveal(keyring, conceal(keyring, "env:HF_TOKEN")) == "hub"


@pytest.mark.parametrize("value", ["Bearer env:PODIUM_SECRET_TOKEN", "ENV:PODIUM_SECRET_TOKEN"])
def test_a_reference_inside_a_secret_is_refused_instead_of_sent_as_it_is_written(value: str) -> None:
    with pytest.raises(Invalid, match="`env:NAME` must be the whole value, with `env` in lower case"):
        conceal(ring(OLD), value)


async def test_payloads_are_encrypted_and_older_clear_ones_stay_readable() -> None:
    old, both = payload_codec(OLD), payload_codec(f"{NEW},{OLD}")
    assert old is not None
    assert both is not None
    clear = Payload(metadata={"encoding": b"json/plain"}, data=b'"hush"')
    (encrypted,) = await old.encode([clear])
    assert b"hush" not in encrypted.SerializeToString()
    assert await both.decode([encrypted, clear]) == [clear, clear]
    encrypted.data = encrypted.data[:-1] + bytes([encrypted.data[-1] ^ 1])
    with pytest.raises(CannotDecrypt):
        await both.decode([encrypted])


def test_without_a_key_payloads_are_not_encrypted() -> None:
    assert payload_codec(None) is None
    assert data_converter(Settings()).payload_codec is None


async def test_a_payload_key_hides_arguments_from_temporal(temporal_client: Client) -> None:
    converter = data_converter(Settings(payload_key=NEW))
    client = Client(temporal_client.service_client, data_converter=converter)
    handle = await client.start_workflow("nobody-listens", "hush", id="encrypted", task_queue="nobody")
    history = await handle.fetch_history()
    assert "hush" not in history.to_json()
    (event, *_) = history.events
    payloads = event.workflow_execution_started_event_attributes.input.payloads
    assert await converter.decode(payloads, [str]) == ["hush"]
    await handle.terminate()


def test_a_key_for_another_purpose_decrypts_nothing() -> None:
    sealed = Keyring(OLD, purpose="one").seal(b"hush")
    other = Keyring(OLD, purpose="two")
    with pytest.raises(CannotDecrypt):
        other.open(Sealed(other.key_id, sealed.data))


def test_a_generated_secret_is_readable_by_its_owner_only_and_racing_processes_agree(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        values = set(pool.map(lambda _: keep_secret(path), range(32)))
    assert len(values) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]
    assert {secret_key(Settings(home=path.parent))} == values


def test_a_sign_in_token_is_valid_for_15_minutes_and_survives_a_key_rotation() -> None:
    before, after = Settings(secret_key=OLD), Settings(secret_key=f"{NEW},{OLD}")
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = sign_in_token(before)
        assert read_sign_in_token(after, token) != read_sign_in_token(after, sign_in_token(after))
        clock.shift(LIFETIME_SECONDS + 2)
        with pytest.raises(Unauthenticated, match="expired"):
            read_sign_in_token(after, token)
    with pytest.raises(Unauthenticated, match="not valid"):
        read_sign_in_token(Settings(secret_key=NEW), token)


def test_the_keys_of_all_model_providers_are_listed() -> None:
    providers = files("pydantic_ai.providers")
    sources = [path.read_text() for path in providers.iterdir() if path.name.endswith(".py")]
    read = {name for source in sources for name in re.findall(r"'([A-Z][A-Z_]*_API_KEY)'", source)}
    assert read
    assert read <= PROVIDER_KEYS
