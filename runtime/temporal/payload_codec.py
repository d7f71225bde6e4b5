"""Encryption of all payloads in Temporal: arguments, results, signals and failures.

With a key, no payload is sent in plain text. Payloads from before, or with an older key of the keyring, stay readable.
"""

from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from runtime.security.keyring import Keyring, Sealed

_ENCODING = b"binary/encrypted"
_CONTEXT = b"temporal payload"
_KEY = "encryption-key-id"


class EncryptingCodec(PayloadCodec):
    """Encrypts whole payloads, including their metadata."""

    def __init__(self, keyring: Keyring) -> None:
        """Encrypt with the keyring's first key."""
        super().__init__()
        self._keyring = keyring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt the payloads that are encrypted; return the others unchanged."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        sealed = self._keyring.seal(payload.SerializeToString(), context=_CONTEXT)
        return Payload(metadata={"encoding": _ENCODING, _KEY: sealed.key_id.encode()}, data=sealed.data)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        sealed = Sealed(payload.metadata.get(_KEY, b"").decode(), payload.data)
        return Payload.FromString(self._keyring.open(sealed, context=_CONTEXT))


def payload_key_fingerprints(keys: str | None) -> tuple[str, ...]:
    """Return the fingerprints of `PODIUM_PAYLOAD_KEY`, newest first; empty where payloads are not encrypted."""
    return () if keys is None else _keyring(keys).fingerprints


def payload_codec(keys: str | None) -> EncryptingCodec | None:
    """Return the codec for `PODIUM_PAYLOAD_KEY`, or None where payloads are not encrypted."""
    if keys is None:
        return None
    return EncryptingCodec(_keyring(keys))


def _keyring(keys: str) -> Keyring:
    return Keyring(keys, purpose="podium temporal payloads")
