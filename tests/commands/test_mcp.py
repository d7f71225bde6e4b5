"""`podium mcp` as an assistant on this machine starts it."""

import json
import os
import sys

from mcp import Client, StdioServerParameters

from runtime.settings import Settings
from tests.support.real_stack import ROOT


async def test_an_assistant_reads_control_over_standard_input_and_output(server: Settings) -> None:
    environment = {name: value for name, value in os.environ.items() if name.startswith("PODIUM_")}
    command = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "cli", "mcp"],
        env={**environment, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        cwd=ROOT,
    )
    async with Client(command) as client:
        result = await client.call_tool("control", {"timezone": "Europe/Berlin"})
        text = result.content[0].text  # type: ignore[union-attr]
        assert not result.is_error, text
        assert json.loads(text)["timezone"] == "Europe/Berlin"
        missing = await client.call_tool("get_automation", {"automation": "nobody"})
        assert missing.is_error
