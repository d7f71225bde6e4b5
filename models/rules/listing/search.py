"""How people's words are compared: neither case nor accents count, and the same everywhere."""

import unicodedata

# Letters that Unicode does not take apart, although people type them without the stroke.
_STROKES = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
)


def folded(words: str) -> str:
    """Give words without case and accents, runs of blanks as one."""
    if words.isascii():
        return " ".join(words.lower().split())
    apart = unicodedata.normalize("NFKD", words.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(bare.translate(_STROKES).split())


def haystack(*texts: str) -> str:
    """Give what is searched: the texts folded, one a line, so that nothing is found across two of them."""
    return "\n".join(folded(one) for one in texts)
