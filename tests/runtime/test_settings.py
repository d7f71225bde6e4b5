"""Settings: defaults, blank values, and invalid values that are refused by name."""

from pathlib import Path

import pytest

from models.errors import Invalid
from runtime.settings import Settings, read_settings


def test_everything_has_a_default() -> None:
    settings = read_settings()
    assert settings.home == Path(".podium")
    assert (settings.port, settings.temporal_port, settings.temporal_ui_port) == (8080, 7233, 8233)
    assert settings.database_url is None
    assert settings.base_url == "http://127.0.0.1:8080"


def test_a_blank_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "HOME", "DATABASE_URL", "ADMIN_KEY", "ALLOWED_PRIVATE_ADDRESSES", "PAYLOAD_KEY"):
        monkeypatch.setenv(f"PODIUM_{name}", "  ")
    assert read_settings() == Settings.model_construct()


@pytest.mark.parametrize(
    ("variable", "junk"),
    [
        ("PODIUM_PORT", "eighty"),
        ("PODIUM_PORT", "70000"),
        ("PODIUM_DATABASE_URL", "mysql://somewhere/else"),
        ("PODIUM_DATABASE_URL", "postgresql://somewhere"),
        ("PODIUM_PUBLIC_URL", "podium.example.com"),
        ("PODIUM_TRACE_URL", "https://traces.example.com/{trace}"),
        ("PODIUM_TRACE_URL", "traces.example.com/{run_id}"),
        ("PODIUM_ALLOWED_PRIVATE_ADDRESSES", "10.0.0.0/8, 10.0.0.300"),
        ("PODIUM_PYTHON_AGENT_MODULES", "agents.good, ../bad"),
        ("PODIUM_SECRET_KEY", "short"),
        ("PODIUM_LOG_FORMAT", "xml"),
        ("PODIUM_METRICS_ADDRESS", "nine thousand"),
    ],
)
def test_invalid_settings_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, variable: str, junk: str) -> None:
    monkeypatch.setenv(variable, junk)
    with pytest.raises(Invalid) as caught:
        read_settings()
    assert caught.value.field == variable
    assert variable in caught.value.detail


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_both_forms_of_a_database_url_use_psycopg(scheme: str) -> None:
    url = Settings(database_url=f"{scheme}://me:p%40ss@db.example:5433/podium?sslmode=require").database_url
    assert url == "postgresql+psycopg://me:p%40ss@db.example:5433/podium?sslmode=require"


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_ALLOWED_PRIVATE_ADDRESSES", "10.0.0.0/8, Agents.Internal,::1")
    monkeypatch.setenv("PODIUM_PYTHON_AGENT_MODULES", "agents, agents.extra")
    settings = read_settings()
    assert settings.allowed_private_addresses == ("10.0.0.0/8", "agents.internal", "::1/128")
    assert settings.python_agent_modules == ("agents", "agents.extra")


def test_secret_settings_are_not_shown() -> None:
    settings = Settings(
        database_url="postgresql://me:hidden-word@db/podium",
        admin_key="hidden-word-of-some-length",
        secret_key="hidden-word-of-some-length",
        slack_signing_secrets=("hidden-word",),
    )
    assert "hidden-word" not in repr(settings)


@pytest.mark.parametrize(("host", "url"), [("0.0.0.0", "http://127.0.0.1:8080"), ("::1", "http://[::1]:8080")])
def test_links_use_a_host_that_a_browser_can_reach(host: str, url: str) -> None:
    assert Settings(host=host).base_url == url
    assert Settings(host=host, public_url="https://podium.example.com/").base_url == "https://podium.example.com"


def test_notice_urls_are_split_where_an_address_begins_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = "https://example.com/a?b=1,2, slack://x/y/z/#one,two\nmailto://user:pass@example.com"
    monkeypatch.setenv("PODIUM_NOTICE_URLS", urls)
    monkeypatch.setenv("PODIUM_NOTICE_SECRET", "a secret")
    settings = read_settings()
    assert [url.get_secret_value() for url in settings.notice_urls] == [
        "https://example.com/a?b=1,2",
        "slack://x/y/z/#one,two",
        "mailto://user:pass@example.com",
    ]
    assert "pass" not in repr(settings)


def test_a_webhook_of_notices_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_NOTICE_URLS", "slack://x/y/z")
    assert read_settings().notice_secret is None
    monkeypatch.setenv("PODIUM_NOTICE_URLS", "https://example.com/token-abcdef")
    with pytest.raises(Invalid) as caught:
        read_settings()
    assert caught.value.field == "PODIUM_NOTICE_SECRET"
    monkeypatch.setenv("PODIUM_NOTICE_URLS", "example.com/token-abcdef")
    with pytest.raises(Invalid) as caught:
        read_settings()
    assert caught.value.field == "PODIUM_NOTICE_URLS"
    assert "abcdef" not in caught.value.detail
