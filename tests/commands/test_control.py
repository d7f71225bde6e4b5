"""`podium control` says how the system is, and scripts read it from the exit code."""

import json

from typer.testing import CliRunner

from cli import app
from runtime.settings import Settings


def test_an_unhealthy_system_is_told_and_makes_the_exit_code_1(server: Settings) -> None:
    found = CliRunner().invoke(app, ["control"])
    assert found.exit_code == 1, found.output
    lines = found.output.splitlines()
    # The API of these tests has no worker, and nothing sweeps.
    assert "The sweep has never passed" in " ".join(lines[:3])
    assert [line.split()[0] for line in lines if line.split()[-1:] == ["idle"]] == [
        *("Agents", "Workflows", "Networks", "Campaigns", "Pulses")
    ]
    answer = CliRunner().invoke(app, ["control", "--json", "--tz", "Europe/Berlin"])
    assert (answer.exit_code, json.loads(answer.output)["timezone"]) == (1, "Europe/Berlin")
