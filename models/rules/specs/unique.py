"""Names that may occur once."""

from collections.abc import Iterable

from models.errors import Invalid


def check_unique(names: Iterable[str], field: str, what: str) -> None:
    """Raise `Invalid` for the first name that occurs twice; `field` has `{}` for its index."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            raise Invalid(f"the {what} {name!r} is duplicated", field=field.format(index))
        seen.add(name)
