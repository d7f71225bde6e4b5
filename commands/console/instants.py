"""Instants as arguments: ISO 8601, or a duration from now."""

import re
from datetime import UTC, datetime, timedelta

import typer

_DURATION = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def from_now(text: str | None, option: str) -> str | None:
    """Return the ISO instant of `2h`, `90m`, `1d12h` or an ISO 8601 time; a time without an offset is local."""
    if text is None:
        return None
    span = _duration(text, option)
    return instant(text, option) if span is None else (datetime.now(UTC) + span).isoformat()


def since(text: str | None, option: str) -> str | None:
    """Return the ISO instant that lies `2h`, `90m` or `1d12h` back, or an ISO 8601 time, local without an offset."""
    if text is None:
        return None
    span = _duration(text, option)
    return instant(text, option) if span is None else (datetime.now(UTC) - span).isoformat()


def instant(text: str | None, option: str) -> str | None:
    """Return an ISO 8601 time with its offset; without one it is local."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        hint = "an ISO 8601 time such as 2026-03-02T09:00"
        raise typer.BadParameter(f"{text!r} is neither a duration such as 2h nor {hint}", param_hint=option) from None
    return (moment if moment.tzinfo else moment.astimezone()).isoformat()


def milliseconds(text: str | None, option: str) -> int | None:
    """Return a length of time such as `90s` or `1h30m` in milliseconds."""
    if text is None:
        return None
    span = _duration(text, option)
    if span is None:
        raise typer.BadParameter(f"{text!r} is no length of time such as 90s or 2h", param_hint=option)
    return round(span.total_seconds() * 1000)


def _duration(text: str, option: str) -> timedelta | None:
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        return None
    try:
        span = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
        # Neither end of the calendar is passed.
        _ = datetime.now(UTC) + span, datetime.now(UTC) - span
    except OverflowError:
        raise typer.BadParameter("this is too far away", param_hint=option) from None
    return span
