"""Credentials that are written into the query or the path of a URL, where everybody who reads the spec sees them.

A value is one by its name, or by its looks whatever its name is: lists of names are never complete. In a path, where
ids stand too, only text that mixes capitals, small letters and digits at random is one, as in addresses of webhooks.
"""

import re
from itertools import pairwise
from urllib.parse import parse_qsl, unquote, urlsplit

REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
"""Stands for the value of an environment variable, and is not a credential."""

_NAMES = frozenset({"auth", "key", "sig", "accesskey", "apikey", "subscriptionkey", "xapikey"})
_ENDINGS = (
    "authorization",
    "credential",
    "credentials",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "secretkey",
    "signature",
    "token",
)
_AMBIGUOUS_ENDINGS = ("auth", "code", "key", "sig")
"""`sort_key=created_at` is not a credential, so here the value must have a digit or a capital letter."""
_SHORTEST = 8
"""Shorter values (`key=name`) are hardly credentials."""

_PREFIXES = re.compile(
    r"AIza|AKIA|ASIA|dop_v1_|eyJ[\w-]+\.|gh[oprsu]_|github_pat_|glpat-|hf_|npm_|pypi-|[rs]k-|[prs]k_(live|test)_"
    r"|SG\.|shp(at|ss)_|whsec_|xox[abeprs]-|ya29\."
)
_LONG = 20
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_MANY_CHANGES = 4
"""Random text changes between capitals, small letters and digits all the time; words and dates hardly do."""


def credentials_in(url: str) -> tuple[str, ...]:
    """Return the parameters' values and the parts of the path that are credentials; `env:NAME` is not one."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return ()
    return (
        *(part for part in parts.path.split("/") if _looks_like_one(REFERENCE.sub("", unquote(part)), sorts=3)),
        *(value for name, value in pairs if _is_credential(name, REFERENCE.sub("", value))),
    )


def _is_credential(name: str, value: str) -> bool:
    if len(value) < _SHORTEST:
        return False
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _NAMES or plain.endswith(_ENDINGS):
        return True
    if plain.endswith(_AMBIGUOUS_ENDINGS) and re.search("[A-Z0-9]", value):
        return True
    return _looks_like_one(value, sorts=2)


def _looks_like_one(value: str, *, sorts: int) -> bool:
    """Whether it has a known prefix, or a long random run of at least so many sorts of characters."""
    if _PREFIXES.match(value):
        return True
    return len(value) >= _LONG and any(_is_random(run, sorts) for run in _RUN.findall(value))


def _is_random(run: str, sorts: int) -> bool:
    found = [_sort(character) for character in run]
    return len(set(found)) >= sorts and sum(one != other for one, other in pairwise(found)) >= _MANY_CHANGES


def _sort(character: str) -> str:
    return "digit" if character.isdigit() else "capital" if character.isupper() else "small"
