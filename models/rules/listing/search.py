"""Search: how words are compared (without case and accents) and how well an automation matches."""

import re
import unicodedata
from enum import IntEnum

# Letters that Unicode does not decompose, although people type them without the stroke.
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)


def folded(words: str) -> str:
    """Return text in lower case, without accents, with single blanks."""
    if words.isascii():
        return " ".join(words.lower().split())
    apart = unicodedata.normalize("NFKD", words.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(bare.translate(_STROKES).split())


def haystack(*texts: str) -> str:
    """Return the texts folded, one a line, so that nothing matches across two of them; the name and the slug first."""
    return "\n".join(folded(one) for one in texts)


class Relevance(IntEnum):
    """How well an automation matches a search, the best first."""

    EXACT = 0
    PREFIX = 1
    WORD = 2
    CONTAINS = 3
    ELSEWHERE = 4
    """Only its description, or the names of what it runs, match."""


def relevance(searched: str, search: str) -> Relevance:
    """Rank a match by the name and the slug, the first two lines of a `haystack`; `search` is folded."""
    names = searched.split("\n", 2)[:2]
    if search in names:
        return Relevance.EXACT
    if any(name.startswith(search) for name in names):
        return Relevance.PREFIX
    if any(re.search(rf"\b{re.escape(search)}", name) for name in names):
        return Relevance.WORD
    return Relevance.CONTAINS if any(search in name for name in names) else Relevance.ELSEWHERE
