"""Commands against a running Podium: API on loopback, real Temporal, and a worker process."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from commands.console.api_client import Refused, send
from models.errors import Unauthenticated, Unavailable
from runtime.processes.embedded.spawning import free_port
from runtime.settings import Settings
from tests.commands.conftest import Podium
from tests.support.servers import running

FILE = """
primitives:
  - {kind: agent, slug: scout, name: Scout, spec: {runner: {type: simulated, durationMs: 5, costUsd: "0.01"}}}
  - {kind: agent, slug: clumsy, name: Clumsy, spec: {runner: {type: simulated, durationMs: 5, successRate: 0, error: "it fell [/over]"}}}
  - {kind: workflow, slug: digest, name: Digest, spec: {steps: [{key: read, agent: scout}, {key: sign, approval: {}, needs: [read]}]}}
automations:
  - {slug: by-hand, name: By hand, primitive: {kind: agent, slug: scout}, source: manual}
"""  # noqa: E501


@pytest.fixture
def working(podium: Podium, server: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Podium]:
    """Return the command for a Podium with a worker and some primitives to run."""
    monkeypatch.setenv("PODIUM_TEMPORAL_PORT", str(server.temporal_port))
    file = tmp_path / "some.yaml"
    file.write_text(FILE)
    podium("apply", str(file))
    command = (sys.executable, "-m", "cli", "worker")
    # How a worker stops is tested elsewhere, and takes ten seconds.
    with running(command, lambda: True, log=tmp_path / "worker.log", stop=signal.SIGKILL):
        yield podium


def run_id(told: str) -> str:
    found = re.search(r"run ([0-9a-f-]{36})", told)
    assert found, told
    return found.group(1)


def test_fire_execute_follow_signal_and_cancel(working: Podium) -> None:
    fired = working("fire", "by-hand", "--payload", '{"a": 1}', "--wait").output
    assert "agent Scout: completed" in fired
    failed = working("execute", "agent", "clumsy", "--wait", fails=True)
    assert failed.exit_code == 1
    assert "it fell [/over]" in failed.output

    waiting = run_id(working("execute", "workflow", "digest", "--payload", '{"a": 1}').output)
    deadline = time.monotonic() + 120
    while not re.search(r"sign +waiting", told := working("run", waiting, "--no-follow").output):
        assert time.monotonic() < deadline, told
        time.sleep(0.2)
    assert "Sent approve" in working("signal", waiting, "approve", "--argument", '{"comment": "fine"}').output
    followed = working("run", waiting).output
    assert re.search(r"read +completed +\S*█", followed), followed
    assert re.search(r"Completed in [^:]+: 2 steps\.", followed)
    assert "workflow Digest: completed" in followed

    again = run_id(working("rerun", waiting).output)
    assert "Cancellation requested" in working("cancel", again, "--reason", "enough").output
    assert "cancelled" in working("run", again).output
    listed = working("runs", "--roots", "--status", "completed").output
    assert "Digest" in listed
    assert "Clumsy" not in listed
    as_json = json.loads(working("runs", "--kind", "workflow", "--json").output)
    assert {one["kind"] for one in as_json["items"]} == {"workflow"}


def test_snooze_one_and_many(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(FILE)
    podium("apply", str(file))
    assert "By hand is snoozed until" in podium("pause", "by-hand", "--until", "2h").output
    assert "snoozed (until" in podium("show", "by-hand").output
    assert "By hand" in podium("list", "--state", "snoozed").output
    assert "By hand is active" in podium("resume", "by-hand").output
    assert "1 of 1 paused" in podium("bulk", "pause", "by-hand", "--until", "1d12h", "--yes").output
    saved = json.loads(podium("show", "by-hand", "--json").output)
    assert saved["pausedUntil"]
    wrong = podium("pause", "by-hand", "--until", "soonish", fails=True)
    assert wrong.exit_code == 2
    assert "'soonish' is neither a duration" in wrong.output
    assert podium("bulk", "resume", "by-hand", "--until", "2h", fails=True).exit_code == 2


def test_why_and_audit(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(FILE)
    podium("apply", str(file))
    assert "No manual request arrived." in podium("why", "by-hand").output
    podium("pause", "by-hand", "--reason", "too loud")
    assert "too loud" in podium("why", "by-hand", "--at", "2099-01-01T09:00").output
    assert "neither a duration" in podium("why", "by-hand", "--from", "yesterday", fails=True).output
    listed = podium("audit", "--action", "automation.*", "--search", "loud").output
    assert "automation by-hand" in listed
    assert "automation.created" not in listed
    assert "too loud" not in podium("audit", "--type", "primitive").output


def test_pause_force_and_resume(podium: Podium, tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(FILE)
    podium("apply", str(file))
    assert "By hand is paused" in podium("pause", "by-hand", "--reason", "too loud").output
    refused = podium("fire", "by-hand", fails=True).exception
    assert isinstance(refused, Refused)
    assert refused.problem.code == "automation_paused"
    assert "queued" in podium("fire", "by-hand", "--force").output
    assert "By hand is active" in podium("resume", "by-hand").output


def test_keys_are_created_shown_once_and_revoked(podium: Podium) -> None:
    made = json.loads(podium("keys", "create", "ci", "--scope", "operate", "--json").output)
    assert "ci" in podium("keys", "list").output
    assert "Revoked" in podium("keys", "revoke", made["id"]).output
    assert "revoked" in podium("keys", "list").output


def test_a_payload_can_be_in_a_file_and_must_be_json(podium: Podium, tmp_path: Path) -> None:
    error = podium("fire", "x", "--payload", "{", fails=True).exception
    assert "not valid JSON" in str(error)
    for payload, part in (
        ('{"a": 1e-99999999999999999999}', "a: "),
        ('[{"b": 1, "b": 2}]', "[0].b: the name comes twice"),
    ):
        assert part in str(podium("fire", "x", "--payload", payload, fails=True).exception)
    (tmp_path / "p.json").write_text("[1]")
    error = podium("fire", "x", "--payload", f"@{tmp_path}/p.json", fails=True).exception
    assert isinstance(error, Refused)
    assert error.problem.code == "not_found"


def test_an_unreachable_api_is_reported_with_how_to_start_it(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_URL", f"http://127.0.0.1:{free_port()}")
    error = podium("list", fails=True).exception
    assert isinstance(error, Unavailable)
    assert "No Podium answers" in error.detail
    assert "podium dev" in (error.hint or "")


def test_an_api_that_does_not_answer_in_time_is_not_taken_for_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx2.Client(base_url=url, timeout=0.1) as client:
            with pytest.raises(Unavailable, match="has not answered") as changing:
                send(client, "POST", "/api/declarations", body={})
            with pytest.raises(Unavailable, match="has not answered") as reading:
                send(client, "GET", "/api/runs")
    assert "It may still do what was asked" in (changing.value.hint or "")
    assert reading.value.hint == "Try again."


def test_the_stored_key_is_only_sent_to_this_machine(podium: Podium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODIUM_API_KEY")
    monkeypatch.setenv("PODIUM_ADMIN_KEY", "podium_the-key-of-the-tests")
    assert "0 automations" in podium("list").output
    monkeypatch.delenv("PODIUM_ADMIN_KEY")
    assert isinstance(podium("list", fails=True).exception, Unauthenticated)
    monkeypatch.setenv("PODIUM_URL", "http://podium.example.com")
    assert "podium.example.com" in str(podium("list", fails=True).exception)


def test_an_error_prints_field_and_hint_and_exits_with_1(server: Settings, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(FILE.replace("durationMs: 5,", "durationMs: -5,", 1))
    command = (sys.executable, "-m", "cli", "apply", str(tmp_path / "bad.yaml"))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "bad.yaml:3: primitives[0].spec.runner.durationMs:" in done.stderr
    assert "Traceback" not in done.stderr
