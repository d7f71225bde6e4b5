"""Secrets inside contracts: sealed at save, hidden when read, kept only for the address that they were given for."""

from typing import Any

import pytest

from models.contracts.base import REDACTED
from models.contracts.secrets import kept, redacted
from models.contracts.specs import AgentSpec
from models.errors import Invalid


def agent(url: str = "https://agents.example/run", **runner: Any) -> AgentSpec:
    return AgentSpec.model_validate({"runner": {"type": "http", "url": url, **runner}})


def seal(secret: str) -> str:
    return f"sealed {secret}"


def test_a_fresh_secret_is_sealed_and_shown_to_nobody() -> None:
    stored = kept(agent(headers={"X-Key": "hush"}, signingSecret="hush too"), None, seal)
    assert stored.runner.model_dump()["headers"] == {"X-Key": "sealed hush"}
    assert "hush" not in redacted(stored).model_dump_json()


def test_a_reference_to_the_environment_is_shown() -> None:
    assert redacted(agent(signingSecret="env:AGENT_SECRET")).runner.model_dump()["signing_secret"] == "env:AGENT_SECRET"


def test_a_redacted_secret_is_taken_over() -> None:
    stored = kept(agent(headers={"X-Key": "hush"}), None, seal)
    again = kept(agent(url="https://agents.example/other", headers={"X-Key": REDACTED}), stored, seal)
    assert again.runner.model_dump()["headers"] == {"X-Key": "sealed hush"}


@pytest.mark.parametrize("url", ["https://elsewhere.example/run", "http://agents.example/run"])
def test_a_redacted_secret_does_not_follow_a_changed_address(url: str) -> None:
    stored = kept(agent(headers={"X-Key": "hush"}), None, seal)
    with pytest.raises(Invalid, match="does not follow"):
        kept(agent(url=url, headers={"X-Key": REDACTED}), stored, seal)


def test_a_redacted_secret_where_none_is_stored_is_refused() -> None:
    with pytest.raises(Invalid, match="no stored secret"):
        kept(agent(signingSecret=REDACTED), agent(), seal)


@pytest.mark.parametrize("headers", [{"Bad Header": "x"}, {"X": "a\r\nInjected: 1"}, {"Host": "x"}, {"X": "é"}])
def test_headers_that_cannot_be_sent_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="headers"):
        agent(headers=headers)
