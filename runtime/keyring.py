"""Authenticated encryption (AES-256-GCM) under several keys, for rotation.

The rule kept here: the first key writes, every key reads, and each ciphertext names its key by a fingerprint,
so a key is rotated by putting a new one in front of it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import NotFound
from runtime.home import keep_secret
from runtime.settings import Settings

_NONCE_BYTES = 12


class CannotDecrypt(ValueError):
    """The key is not in the ring, or the ciphertext was changed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext (nonce in front) and the fingerprint of the key that made it."""

    key_id: str
    data: bytes


class Keyring:
    """Keys by fingerprint; never shows them."""

    def __init__(self, keys: str, *, purpose: str) -> None:
        """Derive one AES key from each comma-separated key; another purpose gives another key."""
        masters = [part.strip().encode() for part in keys.split(",") if part.strip()]
        if not masters:
            raise ValueError("a keyring needs at least one key")
        self._ciphers = {_fingerprint(key, purpose): AESGCM(_derive(key, purpose, 32)) for key in masters}
        self.key_id = next(iter(self._ciphers))

    def seal(self, plain: bytes, *, context: bytes = b"") -> Sealed:
        """Encrypt under the first key; `context` must be given again to open."""
        nonce = os.urandom(_NONCE_BYTES)
        return Sealed(self.key_id, nonce + self._ciphers[self.key_id].encrypt(nonce, plain, context))

    def open(self, sealed: Sealed, *, context: bytes = b"") -> bytes:
        """Decrypt with the key that the ciphertext names; raise `CannotDecrypt`."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise CannotDecrypt(f"no key with fingerprint {sealed.key_id} is configured")
        nonce, body = sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, context)
        except (InvalidTag, ValueError):
            raise CannotDecrypt(f"the data under key {sealed.key_id} has been changed or cut") from None


def secret_key(settings: Settings) -> str:
    """Return `PODIUM_SECRET_KEY`, else the key that this data directory keeps (made at the first call)."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return keep_secret(_kept_at(settings))


def require_secret_key(settings: Settings) -> None:
    """Raise `NotFound` where a key would have to be made: what it signed would mean nothing to a running Podium."""
    if settings.secret_key is None and not _kept_at(settings).exists():
        raise NotFound(
            f"{settings.home} is not the data directory of a Podium",
            hint="Go to where it was started, or set PODIUM_HOME or PODIUM_SECRET_KEY as it has them.",
        )


def _kept_at(settings: Settings) -> Path:
    return settings.home / "secret-key"


def _derive(master: bytes, info: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=b"podium", info=info.encode()).derive(master)


def _fingerprint(master: bytes, purpose: str) -> str:
    return _derive(master, f"{purpose} fingerprint", 4).hex()
