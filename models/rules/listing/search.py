"""How search words are compared: case and accents are ignored."""

import unicodedata

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
    """Return the searched texts folded, one per line, so that no match spans two of them."""
    return "\n".join(folded(one) for one in texts)
