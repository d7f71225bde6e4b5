"""Output of the command to a full device, a stream that is not UTF-8, and a terminal of 80 columns."""

import fcntl
import json
import os
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.commands.conftest import Podium

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-P", "-m", "cli")
LONG = "A name that is a good deal longer than its column in a terminal of eighty columns, and then some"
TABLES = ("list", "runs", "calendar", "deliveries list", "keys list")
_ID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def platform(podium: Podium, tmp_path: Path) -> None:
    """Declare things with long and foreign names, and fire each once."""
    declared = tmp_path / "podium.yaml"
    declared.write_text(f"""
primitives:
  - kind: agent
    slug: a-slug-of-an-agent-that-is-quite-long-itself
    name: "{LONG}"
    spec: {{runner: {{type: simulated}}}}
automations:
  - slug: nightly-with-a-slug-that-nobody-would-want-to-type-twice
    name: "{LONG}"
    primitive: {{kind: agent, slug: a-slug-of-an-agent-that-is-quite-long-itself}}
    source: schedule
    schedule: {{cronExpr: "0 22 * * *", timezone: America/Argentina/ComodRivadavia}}
  - slug: foreign
    name: "Zoë → 日本"
    primitive: {{kind: agent, slug: a-slug-of-an-agent-that-is-quite-long-itself}}
    source: event
    event: {{name: "order.created.by-a-customer-of-the-northern-region"}}
""")
    podium("apply", str(declared), "--project", "a-project-with-a-long-name")
    podium("event", "order.created.by-a-customer-of-the-northern-region")
    podium("fire", "nightly-with-a-slug-that-nobody-would-want-to-type-twice")


def run(words: Sequence[str], **environment: str) -> "subprocess.CompletedProcess[bytes]":
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([*COMMAND, *words], env=env, capture_output=True, timeout=60, check=False)


def in_a_terminal(words: Sequence[str], columns: int) -> str:
    """Run a command whose output is a terminal, and return what it shows, without colours."""
    terminal, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    env |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen([*COMMAND, *words], env=env, stdout=end, stderr=end, stdin=subprocess.DEVNULL) as process:
        os.close(end)
        shown = bytearray()
        while chunk := _read(terminal):
            shown += chunk
    os.close(terminal)
    assert process.returncode == 0, shown.decode(errors="replace")
    return _ESCAPE.sub("", shown.decode()).replace("\r", "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of a terminal as an error.
        return b""


@pytest.mark.parametrize("words", [["list", "--json"], ["list"], ["export"]])
def test_a_full_device_is_one_message_and_an_exit_code(platform: None, words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([*COMMAND, *words], env=env, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.decode() == "podium: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_stream_that_is_not_utf_8_loses_characters_and_no_output(platform: None, encoding: str) -> None:
    done = run(["list"], PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Zo" in done.stdout.decode(encoding)
    done = run(["list", "--json"], PYTHONIOENCODING=encoding)
    names = {one["name"] for one in json.loads(done.stdout.decode("ascii"))["automations"]}
    assert names == {LONG, "Zoë → 日本"}


def test_tables_fit_into_eighty_columns_and_keep_ids_whole(platform: None) -> None:
    for table in TABLES:
        shown = in_a_terminal(table.split(), 80)
        assert shown.strip(), table
        assert [line for line in shown.splitlines() if len(line) > 80] == [], table
        if table not in {"list", "calendar"}:
            assert _ID.search(shown), table


def test_output_in_a_pipe_is_not_cut_to_the_width_of_a_terminal(platform: None) -> None:
    assert LONG in run(["list"], COLUMNS="80").stdout.decode()
    assert json.loads(run(["list", "--json"], COLUMNS="20").stdout)
