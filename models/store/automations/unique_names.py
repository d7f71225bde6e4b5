"""Converts violations of unique names into errors that name the field."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import IntegrityError

from models.errors import SlugTaken

_TAKEN = {
    "uq_primitives_kind_slug": ("slug", "another primitive of this kind has this slug"),
    "uq_automations_slug": ("slug", "another automation has this slug"),
    "uq_automations_webhook_path": ("webhook.path", "another webhook uses this path"),
}


@contextmanager
def names_taken() -> Iterator[None]:
    """Raise `SlugTaken` if the flush inside violates a unique name."""
    try:
        yield
    except IntegrityError as error:
        name = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
        if name not in _TAKEN:
            raise
        field, detail = _TAKEN[name]
        raise SlugTaken(detail, field=field, hint="Choose another, or edit the existing one.") from None
