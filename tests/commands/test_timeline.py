"""The timeline of a run in the terminal: bars within its width, waiting apart from work."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.runs.timeline import Row, Scale, bar, draw

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def at(seconds: float | None) -> str | None:
    return None if seconds is None else (START + timedelta(seconds=seconds)).isoformat()


def span(start: float, end: float | None, waited_for: str | None = None) -> dict[str, Any]:
    return {"waitedFor": waited_for, "startedAt": at(start), "endedAt": at(end)}


def node(name: str, status: str, *spans: dict[str, Any], end: float | None = None) -> dict[str, Any]:
    started = spans[0]["startedAt"] if spans else None
    return {"name": name, "status": status, "spans": list(spans), "startedAt": started, "endedAt": at(end)}


def tree(end: float | None, now: float) -> dict[str, Any]:
    return {"run": node("it", "running", span(0, end), end=end), "now": at(now)}


def drawn(found: dict[str, Any], *rows: Row, width: int = 60) -> list[str]:
    lines = [line.plain for line in draw(found, rows, width, wait="░", work="█")]
    assert all(len(line) <= width for line in lines)
    return lines


SCALE = Scale(START, START + timedelta(seconds=100), 10)


@pytest.mark.parametrize(
    ("spans", "cells"),
    [
        ([span(0, 100)], "██████████"),
        ([span(0, 50, "start"), span(50, 100)], "░░░░░█████"),
        ([span(33, 33.1)], "   █      "),
        ([span(100, 100)], "         █"),
        ([span(80, None)], "        ██"),
        ([span(-50, 10, "slot"), span(10, 20)], "░█        "),
        ([span(0, 12), span(12, 14, "retry"), span(14, 30)], "███       "),
        ([], "          "),
    ],
)
def test_a_bar(spans: list[dict[str, Any]], cells: str) -> None:
    assert bar(spans, SCALE, START + timedelta(seconds=100), wait="░", work="█") == cells


def test_lines_have_name_status_bar_and_duration() -> None:
    read = node("read", "completed", span(0, 50), end=50)
    sign = node("sign", "waiting", span(50, None, "decision"))
    later = node("later", "pending")
    rows = (Row(0, "read", read), Row(1, "sign", sign), Row(0, "later", later), Row(0, "and 3 more"))
    assert [line.rstrip() for line in drawn(tree(None, 100), *rows)] == [
        "read    completed  ██████████████████                   50 s",
        "  sign  waiting                     ░░░░░░░░░░░░░░░░░░  50 s",
        "later   pending",
        "and 3 more",
    ]


def test_a_run_that_has_not_started_or_has_no_steps_has_no_timeline() -> None:
    assert drawn(tree(None, 100)) == []
    waiting = {"run": node("it", "queued"), "now": at(0)}
    assert drawn(waiting, Row(0, "read", node("read", "pending"))) == []


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_long_and_wide_names_leave_room_for_the_bar(width: int) -> None:
    named = node("名" * 100, "completed", span(0, 100), end=100)
    (line,) = draw(tree(100, 100), [Row(0, named["name"], named)], width, wait=".", work="#")
    assert line.plain.count("#") >= 10
    assert "…" in line.plain
