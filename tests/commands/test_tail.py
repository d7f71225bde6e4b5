"""`podium tail` on a real API and its event stream."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

from tests.commands.conftest import Podium
from tests.commands.test_errors import PLATFORM
from tests.support.real_stack import ROOT


@contextmanager
def tailing(*words: str) -> Iterator[list[str]]:
    """Run `podium tail` as a process of its own, since it shares the output with nobody; the block makes its lines."""
    command = [sys.executable, "-P", "-m", "cli", "tail", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Popen(command, cwd=ROOT, stdout=PIPE, stderr=PIPE, env=environment) as process:
        lines: list[str] = []
        try:
            assert process.stderr
            assert process.stderr.readline() == b"Listening; Ctrl-C ends it.\n"
            yield lines
            out, _ = process.communicate(timeout=60)
            lines += out.decode().splitlines()
        finally:
            process.kill()


def test_runs_are_printed_as_they_change(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "podium.yaml"
    file.write_text(PLATFORM)
    podium("apply", str(file))
    podium("pause", "on-order")
    with tailing("--automation", "on-order", "--status", "skipped", "-n", "2") as lines:
        for _ in range(2):
            podium("event", "order.created")
    assert len(lines) == 2
    assert all("skipped (paused)  agent On order" in line for line in lines)


def test_a_program_reads_changes_as_lines_of_json(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "podium.yaml"
    file.write_text(PLATFORM)
    podium("apply", str(file))
    podium("pause", "on-order")
    with tailing("--json", "--kind", "agent", "-n", "1") as lines:
        podium("event", "order.created")
    (line,) = lines
    assert json.loads(line)["status"] == "skipped"


def test_an_automation_that_does_not_exist_is_refused(podium: Podium) -> None:
    assert "nobody" in str(podium("tail", "--automation", "nobody", fails=True).exception)
