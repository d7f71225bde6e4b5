"""How long runs take on average."""


def mean_ms(duration_ms_sum: int, count: int) -> int | None:
    """Give the mean duration in whole milliseconds; None before the first run that ended."""
    return round(duration_ms_sum / count) if count else None
