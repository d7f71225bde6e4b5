"""Conditional requests: who has the answer already is told so, and sent nothing."""


def unchanged(etag: str, if_none_match: str | None) -> bool:
    """Tell whether `If-None-Match` names an answer's tag; compared weakly, as RFC 9110 wants it."""
    if if_none_match is None:
        return False
    named = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in named or etag in named
