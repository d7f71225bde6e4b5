"""What started a run, told from its delivery and its row."""

import pytest

from models.endpoints import EndpointKind, endpoint
from models.rules.runs.sources import source_of_delivery, source_of_run
from models.states import RunSource, Source

DELIVERED = {
    EndpointKind.WEBHOOK: (Source.WEBHOOK, RunSource.WEBHOOK),
    EndpointKind.EVENT: (Source.EVENT, RunSource.EVENT),
    EndpointKind.SLACK: (Source.SLACK, RunSource.SLACK),
    EndpointKind.AUTOMATION: (Source.MANUAL, RunSource.MANUAL),
    EndpointKind.PRIMITIVE: (Source.MANUAL, RunSource.DIRECT),
    EndpointKind.RUN: (Source.MANUAL, RunSource.RERUN),
    EndpointKind.DEPENDENCY: (Source.MANUAL, RunSource.DEPENDENCY),
}


@pytest.mark.parametrize("kind", EndpointKind)
def test_every_endpoint_has_a_source(kind: EndpointKind) -> None:
    source, expected = DELIVERED[kind]
    assert source_of_delivery(source, endpoint(kind, "x")) is expected


def test_a_run_without_a_delivery_was_started_by_its_parent_or_a_schedule() -> None:
    event = (Source.EVENT, "event:x")
    assert source_of_run(is_child=True, delivery=event, has_due_time=False) is RunSource.PARENT
    assert source_of_run(is_child=False, delivery=event, has_due_time=True) is RunSource.EVENT
    assert source_of_run(is_child=False, delivery=None, has_due_time=True) is RunSource.SCHEDULE
    assert source_of_run(is_child=False, delivery=None, has_due_time=False) is RunSource.MANUAL
