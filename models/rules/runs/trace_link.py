"""The address of a run in a trace viewer, by the template that an administrator has set."""

import re
from collections.abc import Mapping
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
OF_A_RUN = ("run_id", "root_run_id", "workflow_id", "temporal_run_id", "trace_id")
PLACEHOLDERS = frozenset({*OF_A_RUN, "from_ms", "to_ms"})


def template_fault(template: str) -> str | None:
    """Return what is wrong with a template; None if nothing is."""
    found = _PLACEHOLDER.findall(template)
    if unknown := next((name for name in found if name not in PLACEHOLDERS), None):
        return f"{{{unknown}}} is not a placeholder; there are {', '.join(sorted(PLACEHOLDERS))}"
    if not set(found) & set(OF_A_RUN):
        return f"it names no run: it needs one of {', '.join(f'{{{name}}}' for name in OF_A_RUN)}"
    return None


def trace_link(template: str, values: Mapping[str, str | None]) -> str | None:
    """Fill a template in, each value percent-encoded; None where the run does not have one of its values."""
    if any(values.get(name) is None for name in _PLACEHOLDER.findall(template)):
        return None
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]] or "", safe=""), template)
