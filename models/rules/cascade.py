"""How many runs one fire ends up causing: the weight of an automation in the density."""

LEAST = 1.0


def cascade_weight(agent_runs: int, closed_runs: int, members: int) -> float:
    """Give the agent runs that one fire causes on average; a fire counts once at least.

    Args:
        agent_runs: How many agent runs the closed root runs have caused.
        closed_runs: How many root runs have run and closed.
        members: In how many roles the primitive's runs call agents: the estimate where nothing has closed yet.
    """
    expected = agent_runs / closed_runs if closed_runs else members
    return max(float(expected), LEAST)
