"""Secrets in URLs: `env:NAME` anywhere in path and query, and the values of parameters that are credentials."""

from collections.abc import Collection
from urllib.parse import quote, urlsplit

from models.rules.specs.url_credentials import REFERENCE, credentials_in
from runtime.security.revealed_secrets import note_revealed
from runtime.security.secrets import check_reference, read_reference


def check_references(url: str, variables: Collection[str]) -> None:
    """Raise `Invalid` for a reference to a variable that secrets may not name."""
    for found in REFERENCE.findall(_split(url)[1]):
        check_reference(found, variables)


def reveal_url(url: str, variables: Collection[str]) -> str:
    """Return the URL with each reference replaced by the variable's value, percent-encoded but for `/`.

    What it reveals is scrubbed like every other secret; credentials that are written in the query are, too.

    Raises:
        Invalid: a variable is not set.
    """
    for credential in credentials_in(url):
        note_revealed(credential)
    address, rest = _split(url)
    return address + REFERENCE.sub(lambda found: _encoded(read_reference(found[0], variables)), rest)


def _encoded(plain: str) -> str:
    encoded = quote(plain, safe="/")
    note_revealed(encoded)
    return encoded


def _split(url: str) -> tuple[str, str]:
    # Not in scheme and host: `http://env:8080/` is an address, and secrets do not choose where a call goes.
    parts = urlsplit(url)
    address = f"{parts.scheme}://{parts.netloc}"
    return (address, url[len(address) :]) if url.lower().startswith(address.lower()) else (url, "")
