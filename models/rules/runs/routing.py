"""Why the router of a network chose a member, or ended the run, in words."""

from models.contracts.runs.facts import Routing

_CHOSEN = {
    "next": "next in the order of the members",
    "first": "the network starts with it",
    "chosen": "the router chose it",
}
_ENDED = {
    "next": "every member had its turn",
    "no_rule": "no rule held",
    "done": "the router said that it is done",
    "hops": "it had as many hops as it may have",
}


def why_chosen(routing: Routing) -> str:
    if routing.because == "rule":
        return f"rule {routing.rule} held: {routing.when}"
    return _with_reason(_CHOSEN[routing.because], routing)


def why_ended(routing: Routing) -> str:
    if routing.because == "rule":
        return f"rule {routing.rule}, which ends it, held: {routing.when}"
    return _with_reason(_ENDED[routing.because], routing)


def _with_reason(text: str, routing: Routing) -> str:
    return f"{text}: {routing.reason}" if routing.reason else text
