"""Tells what a word of an error message is, and replaces what differs from run to run.

Messages come from agents, so every expression here is linear in the word, and words are bounded.
"""

import re
from http import HTTPStatus

WORD = re.compile(r"[\w.@:/+%~$#*\\&?=,-]++")
PLACEHOLDER = re.compile(r"(<[a-z]+>)")
LONGEST_WORD = 120
NUMBER = "<n>"

CODES = ("http", "status", "code", "errno", "exit")
"""Ends of words after which a number of three digits is a code, which tells errors apart."""
REASONS = frozenset(status.phrase.split()[0] for status in HTTPStatus) | {"OK"}
"""First words of the reasons that HTTP gives to its codes."""
UNITS = frozenset(
    [
        *("ns", "us", "µs", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes"),
        *("h", "hr", "hrs", "hour", "hours", "d", "day", "days", "%", "USD", "EUR", "B", "byte", "bytes"),
        *(f"{prefix}{unit}" for prefix in "kKMGT" for unit in ("B", "iB", "b", "ib")),
    ]
)

_HEX = r"[0-9a-fA-F]"
_UUID = re.compile(rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}")
_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?"
_TIME = re.compile(rf"(?<!\d)(?:{_DATE}(?:T{_CLOCK}(?:Z|[+-]\d{{2}}:?\d{{2}})?)?|{_CLOCK}Z?)(?![\w:])")
_DAY = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{4}([./])\d{1,2}\2\d{1,2}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://\S++")
_EMAIL = re.compile(r"[\w.+%-]++@[\w-]++(?:\.[\w-]++)++")
_IPV6 = re.compile(r"(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}")
_ROOTED = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][^/\\]++[/\\].*+")
_VERSIONED_HTTP = re.compile(r"(HTTP)/\d(?:\.\d)?", re.IGNORECASE)
_AMOUNT = re.compile(r"[+-]?[#$€£]?[+-]?\d[\d.,]*+(?P<unit>[A-Za-zµ%]*+)")
_OPAQUE = re.compile(r"[A-Za-z]{1,12}[_-](?P<rest>[A-Za-z0-9]{6,})")
_POD = re.compile(r"[a-z][a-z0-9-]*-(?P<hash>[a-z0-9]{8,10})-[a-z0-9]{5}")
_DIGITS = re.compile(r"\d++")
_PLAIN = re.compile(r"[^\d@/\\=:*]++")
"""A word in which nothing can differ."""
_ENDS = ".,:;?&"


def replaced(word: str, before: str = "", after: str = "") -> str:
    """Return a word without what differs from run to run; `before` and `after` are its neighbours."""
    if len(word) > LONGEST_WORD:
        return "<long>"
    if _PLAIN.fullmatch(word):
        return word
    core = word.rstrip(_ENDS)
    end = word[len(core) :]
    if not core:
        return word
    return _judged(core, before, "" if end else after) + end


def address_or_word(word: str) -> str:
    """Return what stands for a URL or a path, and any other word as it is."""
    core = word.rstrip(_ENDS)
    if len(word) > LONGEST_WORD or ("/" not in core and "\\" not in core):
        return word
    if _URL.fullmatch(core):
        return "<url>" + word[len(core) :]
    is_path = _is_path(core) and not (_DAY.fullmatch(core) or "://" in core or "=" in core)
    return "<path>" + word[len(core) :] if is_path else word


def _judged(word: str, before: str, after: str) -> str:
    if _is_code(word, before, after):
        return word
    if _URL.fullmatch(word):
        return "<url>"
    if _EMAIL.fullmatch(word):
        return "<email>"
    inside = _TIME.sub("<time>", _UUID.sub("<uuid>", word))
    if inside != word:
        return "".join(
            part if PLACEHOLDER.fullmatch(part) else replaced(part) for part in PLACEHOLDER.split(inside) if part
        )
    whole = _whole(word)
    if whole is not None:
        return whole
    for separator in "=:":
        if separator in word:
            return _parts(word, separator, before)
    return _DIGITS.sub(NUMBER, word)


def _whole(word: str) -> str | None:
    """Return what stands for the whole word; None if it is an ordinary word, or several."""
    if _DAY.fullmatch(word):
        return "<time>"
    if _is_ip(word):
        return "<ip>"
    if found := _VERSIONED_HTTP.fullmatch(word):
        return found[1]
    if "://" not in word and ("=" not in word) and _is_path(word):
        return "<path>"
    if found := _AMOUNT.fullmatch(word):
        return NUMBER if not found["unit"] or found["unit"] in UNITS else _id_or_none(word)
    return _id_or_none(word)


def _id_or_none(word: str) -> str | None:
    if "****" in word:
        return "<id>"
    if len(word) >= 7 and _is_mixed(word) and all(one in "0123456789abcdefABCDEF" for one in word):
        return "<hex>"
    if (found := _OPAQUE.fullmatch(word)) and _is_mixed(found["rest"]):
        return "<id>"
    if (found := _POD.fullmatch(word)) and any(one.isdigit() for one in found["hash"]):
        return "<id>"
    if len(word) >= 20 and word.isascii() and word.isalnum() and _is_mixed(word):
        return "<id>"
    return None


def _parts(word: str, separator: str, before: str) -> str:
    found = []
    for part in word.split(separator):
        found.append(replaced(part, before) if part else "")
        before = part
    return separator.join(found)


def _is_code(word: str, before: str, after: str) -> bool:
    if len(word) != 3 or not (word.isascii() and word.isdigit()):
        return False
    return before.lower().endswith(CODES) or (word[0] in "12345" and after.rstrip(_ENDS) in REASONS)


def _is_path(word: str) -> bool:
    slashes = word.count("/") + word.count("\\")
    return slashes >= 2 or bool(_ROOTED.fullmatch(word))


def _is_ip(word: str) -> bool:
    host, _, port = word.rpartition(":") if word.count(":") == 1 else (word, "", "")
    numbers = host.split(".")
    if len(numbers) == 4 and all(one.isdigit() and len(one) <= 3 for one in numbers):
        return not port or port.isdigit()
    return word.count(":") >= 2 and bool(_IPV6.fullmatch(word)) and any(one.isdigit() for one in word)


def _is_mixed(word: str) -> bool:
    """Return whether it has letters and digits."""
    return any(one.isdigit() for one in word) and any(one.isalpha() for one in word)
