"""The fingerprint of an error: its code, and its message without what differs from run to run.

Runs with equal fingerprints are one group, whichever primitive failed: an outage of a provider is one group over all
agents. A change of these rules needs a new `VERSION`; the groups of older versions stay as they are.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import pairwise

from models.rules.fingerprint.words import NUMBER, UNITS, WORD, address_or_word, replaced

VERSION = 1
MOST_READ = 2000
MOST_KEPT = 300
MOST_PASSES = 10
SHORTEST_KNOWN = 4
"""Shorter names of the run are not replaced: they are too likely to be words."""
ANY = "*"
"""The template of errors that are not told apart any more, because their code has too many."""

_ANSI = re.compile(r"\x1b\[[0-9;]*+[A-Za-z]")
_ASSIGNED = re.compile(r"""=\s?(?:'[^'\n]{0,200}+'|"[^"\n]{0,200}+")""")
_TRACEBACK = "Traceback (most recent call last)"
_SPACES = re.compile(r"\s++")
_NUMBERS = re.compile(r"<n>(?:(?:,\s?|\s)<n>)++")
_TIMES = re.compile(r"<time>(?:(?:,\s?|\s)<time>)++")
_UNIT = re.compile(rf"<n>(?:\s?(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})(?![\w-]))++")
_CODE_FIELDS = ("status_code", "status", "code", "type")


def error_key(error_type: str, template: str) -> int:
    """Return the key of a group: a signed integer of 64 bits."""
    digest = blake2b(f"{VERSION}\0{error_type}\0{template}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def template_of(message: str, known: Mapping[str, str] | None = None) -> str:
    """Return a message without what differs from run to run.

    1. Keep its beginning, and of a traceback its last line.
    2. Put the code that a provider's JSON names in front.
    3. Replace the names that are known of the run: `known` is each with what it is, such as `{"scout": "primitive"}`.
    4. Replace words that are addresses, ids, times, paths and numbers, but for HTTP's codes.

    The template of a template is itself.
    """
    found = _template(_in_one_line(message[:MOST_READ]), known or {})[:MOST_KEPT].rstrip()
    for _ in range(MOST_PASSES):
        # A word may have lost, or got, the neighbour that makes it a code or a unit.
        again = _template(found, {})[:MOST_KEPT].rstrip()
        if again == found:
            break
        found = again
    return found


def _template(text: str, known: Mapping[str, str]) -> str:
    text = _ASSIGNED.sub("=<value>", _with_code(text))
    if known:
        # Addresses are replaced first: they may hold a name of the run.
        text = _with_known(WORD.sub(lambda match: address_or_word(match[0]), text), known)
    found: list[str] = []
    end = 0
    words = [*WORD.finditer(text), None]
    before = ""
    for match, following in pairwise(words):
        assert match is not None
        after = following[0] if following and text[match.end() : following.start()].isspace() else ""
        found += (text[end : match.start()], replaced(match[0], before, after))
        before, end = match[0].rstrip(".,:;=?"), match.end()
    return _collapsed("".join([*found, text[end:]]))


def _in_one_line(text: str) -> str:
    text = unicodedata.normalize("NFC", _ANSI.sub("", text))
    lines = [line for line in text.splitlines() if line.strip()]
    if _TRACEBACK in text:
        outer = [line for line in lines if not line[0].isspace()]
        return outer[-1] if outer else ""
    return " ".join(line.strip() for line in lines[:3])


def _with_code(text: str) -> str:
    """Put the code of a JSON object at the end of the text in front of it."""
    start = text.find("{")
    if start < 0 or not text.endswith("}"):
        return text
    try:
        body = json.loads(text[start:])
    except (ValueError, RecursionError):
        return text
    code = " ".join(_codes(body))
    return text if not code or text.startswith(f"{code} ") else f"{code} {text}"


def _codes(body: object) -> Iterable[str]:
    if not isinstance(body, dict):
        return
    inner = body.get("error")
    for place in (body, inner) if isinstance(inner, dict) else (body,):
        for field in _CODE_FIELDS:
            value = place.get(field)
            if isinstance(value, int | str) and not isinstance(value, bool) and 0 < len(str(value)) <= 60:
                yield f"{field} {value}" if isinstance(value, int) else value


def _with_known(text: str, known: Mapping[str, str]) -> str:
    names = sorted((one for one in known if len(one) >= SHORTEST_KNOWN), key=len, reverse=True)
    if not names:
        return text
    either = "|".join(re.escape(one) for one in names)
    return re.sub(rf"(?<!\w)(?:{either})(?!\w)", lambda match: f"<{known[match[0]]}>", text)


def _collapsed(text: str) -> str:
    text = _UNIT.sub(NUMBER, _SPACES.sub(" ", text))
    return _TIMES.sub("<time>", _NUMBERS.sub(NUMBER, text)).strip()
