"""Secrets in contracts: encrypted on save, redacted on read, and kept only for the same address."""

from typing import Any

import pytest

from models.contracts.base import REDACTED
from models.contracts.primitives.specs import AgentSpec, PipelineSpec
from models.contracts.secrets import kept, redacted
from models.errors import Invalid


def agent(url: str = "https://agents.example/run", **runner: Any) -> AgentSpec:
    return AgentSpec.model_validate({"runner": {"type": "http", "url": url, **runner}})


def pipeline(**secrets: str) -> PipelineSpec:
    """Return a spec with these steps in order, all calling the same address."""
    steps = [
        {"key": key, "http": {"url": "https://hooks.example/a", "headers": {"X-Key": secret}}}
        for key, secret in secrets.items()
    ]
    return PipelineSpec.model_validate({"steps": steps})


def secrets_of(spec: PipelineSpec) -> dict[str, str]:
    return {step.key: step.http.headers["X-Key"] for step in spec.steps if step.http}


def seal(secret: str) -> str:
    return f"sealed {secret}"


def test_a_new_secret_is_encrypted_and_never_shown() -> None:
    stored = kept(agent(headers={"X-Key": "hush"}, signingSecret="hush too"), None, seal)
    assert stored.runner.model_dump()["headers"] == {"X-Key": "sealed hush"}
    assert "hush" not in redacted(stored).model_dump_json()


def test_a_reference_to_an_environment_variable_is_shown() -> None:
    assert redacted(agent(signingSecret="env:AGENT_SECRET")).runner.model_dump()["signing_secret"] == "env:AGENT_SECRET"


def test_a_redacted_secret_keeps_its_value() -> None:
    stored = kept(agent(headers={"X-Key": "hush"}), None, seal)
    again = kept(agent(url="https://agents.example/other", headers={"X-Key": REDACTED}), stored, seal)
    assert again.runner.model_dump()["headers"] == {"X-Key": "sealed hush"}


@pytest.mark.parametrize("url", ["https://elsewhere.example/run", "http://agents.example/run"])
def test_a_redacted_secret_does_not_follow_a_changed_address(url: str) -> None:
    stored = kept(agent(headers={"X-Key": "hush"}), None, seal)
    with pytest.raises(Invalid, match="the address changed, so the stored secret cannot be reused"):
        kept(agent(url=url, headers={"X-Key": REDACTED}), stored, seal)


def test_a_redacted_secret_where_none_is_stored_is_refused() -> None:
    with pytest.raises(Invalid, match="no stored secret"):
        kept(agent(signingSecret=REDACTED), agent(), seal)


def test_a_secret_follows_its_step() -> None:
    stored = kept(pipeline(first="one", second="two", third="three"), None, seal)
    moved = kept(pipeline(third=REDACTED, first=REDACTED), stored, seal)
    assert secrets_of(moved) == {"third": "sealed three", "first": "sealed one"}
    renamed = kept(pipeline(first=REDACTED, other=REDACTED, third=REDACTED), stored, seal)
    assert secrets_of(renamed) == {"first": "sealed one", "other": "sealed two", "third": "sealed three"}


def test_a_new_step_gets_no_stored_secret() -> None:
    stored = kept(pipeline(first="one"), None, seal)
    with pytest.raises(Invalid, match="no stored secret") as refused:
        kept(pipeline(new=REDACTED, first=REDACTED), stored, seal)
    assert refused.value.field == "steps[0].http.headers.X-Key"


def test_an_error_names_the_field_as_on_the_wire() -> None:
    with pytest.raises(Invalid) as refused:
        kept(agent(signingSecret=REDACTED), agent(), seal)
    assert refused.value.field == "runner.signingSecret"


@pytest.mark.parametrize("headers", [{"Bad Header": "x"}, {"X": "a\r\nInjected: 1"}, {"Host": "x"}, {"X": "é"}])
def test_headers_that_cannot_be_sent_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="headers"):
        agent(headers=headers)
