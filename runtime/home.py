"""The data directory: what a Podium on this machine keeps between starts.

The rule kept here: what is secret in it can be read by its owner only, and appears whole or not at all.
"""

import contextlib
import os
import secrets
from pathlib import Path


def prepare_home(home: Path) -> Path:
    """Create the data directory for its owner only and return its absolute path."""
    home = home.absolute()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def keep_secret(path: Path, *, prefix: str = "") -> str:
    """Return the secret kept at `path`, making it at the first call; two processes that race agree."""
    with contextlib.suppress(FileNotFoundError):
        return _read(path)
    prepare_home(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(prefix + secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link never replaces: the first of two writers wins and the second reads what it wrote.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    value = path.read_text().strip()
    if not value:
        raise ValueError(f"{path} is empty: delete it to have a new one made, or put the old secret back")
    return value
