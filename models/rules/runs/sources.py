"""What started a run."""

from models.endpoints import EndpointKind, parse_endpoint
from models.states import RunSource, Source

_BY_ENDPOINT = {
    EndpointKind.PRIMITIVE: RunSource.DIRECT,
    EndpointKind.RUN: RunSource.RERUN,
    EndpointKind.DEPENDENCY: RunSource.DEPENDENCY,
}


def source_of_delivery(source: Source, endpoint: str) -> RunSource:
    """Return the source of the runs that a delivery starts.

    All that people and dependencies start arrives as `manual`; the endpoint says what it was. A delivery that is
    replayed keeps its source.
    """
    if source is not Source.MANUAL:
        return RunSource(source.value)
    return _BY_ENDPOINT.get(parse_endpoint(endpoint).kind, RunSource.MANUAL)


def source_of_run(*, is_child: bool, delivery: tuple[Source, str] | None, has_due_time: bool) -> RunSource:
    """Return the source of a run whose row does not name it, from its delivery's source and endpoint if it has one."""
    if is_child:
        return RunSource.PARENT
    if delivery is not None:
        return source_of_delivery(*delivery)
    # Without a delivery and a due time it was made by no version of Podium, as an import may do.
    return RunSource.SCHEDULE if has_due_time else RunSource.MANUAL
