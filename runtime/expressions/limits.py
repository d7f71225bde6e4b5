"""The budget of one evaluation."""

CPU_SECONDS = 0.1
"""Processor time of one expression, with the reading of small data."""

CPU_SECONDS_PER_MIB = 0.2
"""Added for each MiB of data: an expression that reads only a part of it still pays for its conversion."""

WALL_SECONDS = 10.0
"""How long an evaluator may take by the clock, on a machine too busy to give it its processor time."""

START_SECONDS = 60.0
"""How long an evaluator process may take to start."""

MEMORY_BYTES = 256 * 1024 * 1024
"""Memory of an evaluation, beside what an idle evaluator has."""

MAX_INPUT_BYTES = 4 * 1024 * 1024
"""Data of one evaluation, as JSON: several whole outputs of agents."""

MAX_RESULT_BYTES = 1_500_000
"""Result as JSON: below the 2 MiB that Temporal carries."""
