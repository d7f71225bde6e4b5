"""The bounds of what one run may consist of. The same constants are checked at save, when a planner answers and at run.

They keep every value, every batch and every Temporal history below what PostgreSQL, Temporal and a worker can carry.
"""

from collections.abc import Mapping
from datetime import timedelta

from models.kinds import Kind

MAX_VALUE_BYTES = 8 * 1024 * 1024
"""Most bytes (as JSON) of one value: the input or output of a run, a step, a task or a hop, and the list of a map."""

STORED_FROM_BYTES = 4 * 1024
"""Payloads of at least this size are stored in PostgreSQL, and Temporal gets a reference. At 4 KiB, hundreds of
commands in one workflow task stay below gRPC's 4 MB, and a campaign of `MAX_CAMPAIGN_TASKS` below the 50 MB at which
Temporal terminates a workflow."""

MAX_STEPS = 200
"""Most steps of a pipeline."""

MAX_HOPS = 100
"""Most hops of a network's run."""

MAX_MISSIONS = 100
"""Most missions of a campaign."""

MAX_CAMPAIGN_TASKS = 2000
"""Most tasks of a campaign's run, over all missions. Its history stays below Temporal's 51,200 events, and its children
below Temporal's 2,000 pending child workflows."""

MAX_MAP_ITEMS = 5000
"""Most items of a map step."""

MAP_BATCH_ITEMS = 250
"""A map with more items runs in batches of so many. Each batch is a Temporal workflow of its own: an item costs about
12 events of the 51,200 that a history may have."""

MAX_AGENT_SECONDS = 86_400
"""Longest time limit of one call of an agent."""

MAX_AGENT_ATTEMPTS = 20
"""Most attempts of a call that an agent's spec may ask for."""

MAX_CHAIN_LENGTH = 10
"""Most automations that fire one another in a row, by dependencies that fire."""

MAX_CHAIN_REPEATS = 10
"""Most runs of one automation in a chain that goes on through events, webhooks and calls of its runs."""

MAX_CHAIN_RUNS = 1000
"""Most runs that the end of one run starts by dependencies that fire, over all that follow: where several automations
lead to one, it runs once for each way."""

WORKFLOW_TASK: Mapping[Kind, timedelta] = {
    Kind.CAMPAIGN: timedelta(seconds=30),
    Kind.WORKFLOW: timedelta(seconds=30),
}
"""How long one workflow task may take, where Temporal's ten seconds are too short: after a restart of the worker, the
task replays a history of up to 10,000 events. A task of a killed worker is tried again after this time."""
