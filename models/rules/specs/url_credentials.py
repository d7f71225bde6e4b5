"""Credentials that are written into the query of a URL, where everybody who reads the spec sees them."""

from urllib.parse import parse_qsl, urlsplit

NAMES = frozenset(
    {
        "access_key",
        "access_token",
        "accesstoken",
        "api_key",
        "apikey",
        "api_token",
        "auth",
        "auth_token",
        "client_secret",
        "key",
        "passwd",
        "password",
        "pwd",
        "secret",
        "sig",
        "signature",
        "subscription_key",
        "token",
        "x_api_key",
    }
)
SHORTEST = 8
"""Shorter values (`key=name`) are hardly credentials."""


def credentials_in(url: str) -> tuple[str, ...]:
    """Return the values of parameters that are credentials by their name; `env:NAME` is none."""
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return ()
    return tuple(value for name, value in pairs if _is_credential(name, value))


def _is_credential(name: str, value: str) -> bool:
    plain = name.lower().replace("-", "_").removeprefix("x_amz_").removeprefix("x_goog_")
    return plain in NAMES and len(value) >= SHORTEST and "env:" not in value
