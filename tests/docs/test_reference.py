"""docs/reference is current (`make docs`) and agrees with what the code does."""

import json
import re
import uuid
from pathlib import Path

import httpx2
import pytest

from activities.runners import http
from activities.runners.base import RunnerContext
from activities.runners.python import PythonCall
from api.firing.idempotency import KEY_HEADERS
from api.firing.intake import KEPT_HEADERS
from api.firing.signatures import TOLERANCE_SECONDS
from models.contracts.automations.drafts import Verification
from models.contracts.primitives.specs import HttpRunner
from models.contracts.workflows.lifecycle import AgentCall
from models.kinds import KINDS
from models.rules.expressions.filters import FILTER_VARIABLES
from models.rules.specs.structure import ITEM_VARIABLES, ROUTING_VARIABLES, STEP_VARIABLES
from runtime.security.outbound import MAX_ANSWER_BYTES
from runtime.settings import Settings
from tools.reference.__main__ import TARGET, pages
from tools.reference.examples import EXPRESSIONS, SIGNAL_INPUTS
from tools.reference.facts import handlers

DOCS = TARGET.parent


def page(name: str) -> str:
    return (TARGET / f"{name}.md").read_text()


def test_the_reference_is_up_to_date() -> None:
    stored = {path.name: path.read_text() for path in TARGET.glob("*.md")}
    assert stored == pages(), "run `make docs`"


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_every_link_has_a_target(path: Path) -> None:
    anchors = {path: anchors_of(path)}
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        if anchor:
            assert anchor in anchors.setdefault(file, anchors_of(file)), target


def anchors_of(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_signal_has_an_example_that_it_accepts() -> None:
    accepted = {name for facts in KINDS.values() for name in facts.signals}
    assert set(SIGNAL_INPUTS) == accepted == set().union(*handlers().values())
    for model, given in SIGNAL_INPUTS.values():
        model.model_validate_json(given or "{}")


def test_every_kind_of_expression_has_an_example_with_its_variables() -> None:
    shown = {tuple(sorted(one.data)) for one in EXPRESSIONS}
    assert shown == {*FILTER_VARIABLES.values(), STEP_VARIABLES, ITEM_VARIABLES, ROUTING_VARIABLES}


def test_the_headers_that_filters_see_are_listed() -> None:
    assert all(f"`{name}`" in page("expressions") for name in KEPT_HEADERS)


async def test_the_request_of_an_http_agent_is_as_described() -> None:
    seen: list[httpx2.Request] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"output": 1})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        context = RunnerContext(
            agent="scout",
            attempt=1,
            settings=Settings(),
            http=client,
            reveal=lambda secret: secret,
            reveal_url=lambda url: url,
            callback_url=lambda: "http://127.0.0.1/",
            chain=str,
            called_back=None,
            wait_for_callback=lambda: pytest.fail("the endpoint has answered"),
        )
        run_id = uuid.UUID(int=1)
        call = AgentCall(run_id=run_id, root_run_id=run_id, primitive_id=run_id, input={}, timeout_seconds=1)
        await http.run(HttpRunner(url="http://127.0.0.1/", signing_secret="secret"), call, context)
    text = page("http-agents")
    ours = {"content-type", "idempotency-key", "webhook-id", "webhook-timestamp", "webhook-signature", "podium-chain"}
    assert ours <= set(seen[0].headers)
    assert {name.lower() for name in re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)} >= ours
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert re.findall(r'^  "(\w+)"', example, re.MULTILINE) == list(json.loads(seen[0].content))


def test_the_answer_of_an_http_agent_is_as_described() -> None:
    text = page("http-agents").partition("## Answer\n")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == http._ENVELOPE
    assert MAX_ANSWER_BYTES == 1024 * 1024


def test_the_second_argument_of_a_python_agent_is_as_described() -> None:
    assert re.findall(r"^\| `(\w+)` \| `", page("python-agents"), re.MULTILINE) == list(PythonCall.__slots__)


def test_verification_and_idempotency_of_triggers_are_as_described() -> None:
    text = page("triggers")
    assert all(f"| `{method.value}` |" in text for method in Verification)
    assert all(name in text.lower() for name in KEY_HEADERS)
    assert TOLERANCE_SECONDS == 300
