"""What JSON must look like to be stored: PostgreSQL's JSONB takes no NUL character."""

from pydantic import JsonValue


def storable(value: JsonValue) -> JsonValue:
    """Give the value with every NUL character replaced by U+FFFD."""
    match value:
        case str():
            return value.replace("\x00", "�")
        case list():
            return [storable(item) for item in value]
        case dict():
            return {key.replace("\x00", "�"): storable(item) for key, item in value.items()}
    return value
