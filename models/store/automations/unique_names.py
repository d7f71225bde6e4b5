"""Tells which unique name a write collided with."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import IntegrityError

from models.errors import SlugTaken

_TAKEN = {
    "uq_primitives_kind_slug": ("slug", "a primitive of this kind has that slug"),
    "uq_automations_slug": ("slug", "an automation has that slug"),
    "uq_automations_webhook_path": ("webhook.path", "another webhook listens at that path"),
}


@contextmanager
def names_taken() -> Iterator[None]:
    """Turn a collision on a unique name into `SlugTaken`; use it around a flush."""
    try:
        yield
    except IntegrityError as error:
        name = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
        if name not in _TAKEN:
            raise
        field, detail = _TAKEN[name]
        raise SlugTaken(detail, field=field, hint="Choose another, or change the one that is there.") from None
