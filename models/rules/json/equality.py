"""Whether two JSON values are the same. Python's `==` also takes `1`, `1.0` and `true` for equal."""

import json
from typing import Any


def same_json(one: Any, other: Any) -> bool:
    """Return whether two values are the same JSON; the order of an object's fields does not count."""
    # Equality first: it is fast, and it also answers for what SQLAlchemy compares and json cannot write.
    return one is other or (one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))
