"""The sandbox re-imports only our workflow files for each run; anything else would cost every run."""

import sys

from temporalio.worker.workflow_sandbox._importer import Importer
from temporalio.worker.workflow_sandbox._restrictions import RestrictionContext

from activities.runners.registry import load_models
from worker import sandbox

OURS = {"__main__", "asyncio", "workflows"}


async def test_the_sandbox_reimports_only_workflow_files() -> None:
    await load_models()
    importer = Importer(sandbox().restrictions, RestrictionContext())
    with importer.applied():
        import workflows.campaign  # noqa: F401
    anew = {name for name, module in importer.new_modules.items() if module is not sys.modules.get(name)}
    assert {name for name in anew if not name.startswith("workflows.")} <= OURS
