"""The built page: unit tests pass, types match the API, bundles are small, and files are served correctly."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from api.app import create_app
from api.routes.live import CALENDAR_YEARS
from models.contracts.automations import drafts, flow_control, health_policies
from models.contracts.primitives import specs
from models.states import OPEN_STATUSES
from runtime.settings import Settings
from tests.support.real_stack import ROOT

MOST_BYTES = 250_000


@pytest.fixture
async def anonymous(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client of an API without a database; it still serves the page."""
    transport = httpx2.ASGITransport(app=create_app(Settings(home=tmp_path)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


NPM_SECONDS = 300
"""The page's tests take one minute alone, and several beside other tests on two cores."""


def npm(*words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    command = (str(ROOT / "web" / "npm"), "--silent", *words)
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)


@pytest.mark.timeout(NPM_SECONDS + 30)
def test_the_unit_tests_of_the_page_pass(built_page: Path) -> None:
    done = npm("test")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(NPM_SECONDS + 180)
def test_the_generated_types_match_the_api(built_page: Path) -> None:
    document = subprocess.run(
        (sys.executable, "-m", "api"), cwd=ROOT, capture_output=True, text=True, timeout=150, check=True
    ).stdout
    done = npm("run", "types", stdin=document)
    assert done.returncode == 0, done.stderr
    kept = (ROOT / "web" / "src" / "api" / "schema.ts").read_text()
    assert done.stdout == kept, "the API has changed: run `make types` and commit web/src/api/schema.ts"


def test_defaults_in_forms_match_the_api() -> None:
    kept = ROOT / "web" / "src" / "api" / "defaults.json"
    contracts = vars(specs) | vars(drafts) | vars(health_policies) | vars(flow_control)
    for contract, defaults in json.loads(kept.read_text()).items():
        fields = {field.alias: field for field in contracts[contract].model_fields.values()}
        assert defaults == {name: fields[name].default for name in defaults}, contract


def test_constants_of_the_page_match_the_api() -> None:
    kept = ROOT / "web" / "src" / "api" / "constants.json"
    assert json.loads(kept.read_text()) == {
        "openStatuses": sorted(OPEN_STATUSES),
        "calendarYears": list(CALENDAR_YEARS),
    }


def test_the_lock_contains_no_registry_url() -> None:
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert "://" not in (ROOT / "web" / ".npmrc").read_text()


def test_the_initial_bundle_is_small(built_page: Path) -> None:
    index = (built_page / "index.html").read_text()
    scripts = re.findall(r'(?:src|href)="(/[^"]+\.js)"', index)
    assert sum(len(gzip.compress((built_page / name[1:]).read_bytes())) for name in scripts) < MOST_BYTES


async def test_the_page_is_served_at_every_route(built_page: Path, anonymous: httpx2.AsyncClient) -> None:
    for path in ("/", "/calendar", "/runs/01a2", "/primitives/agent/scout"):
        answer = await anonymous.get(path)
        assert answer.status_code == 200
        assert '<div id="root">' in answer.text
        security = answer.headers["content-security-policy"]
        assert "default-src 'none'" in security
        assert "script-src 'self';" in security
        assert answer.headers["cache-control"] == "no-cache"
        # Uptime monitors send HEAD.
        head = await anonymous.head(path)
        assert (head.status_code, head.headers["content-type"]) == (200, answer.headers["content-type"])


async def test_hashed_files_are_immutable_and_unknown_ones_are_not_found(
    built_page: Path, anonymous: httpx2.AsyncClient
) -> None:
    name = next((built_page / "assets").glob("index-*.js")).name
    script = await anonymous.get(f"/assets/{name}", headers={"Accept-Encoding": "gzip"})
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["content-type"].startswith("text/javascript")
    for path in ("/assets/gone.js", "/assets/..%2Findex.html", "/gone.js", "/api/nothing"):
        missing = await anonymous.get(path)
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found"), path


def test_no_file_of_the_page_loads_from_other_hosts(built_page: Path) -> None:
    for file in [*built_page.rglob("*.html"), *built_page.rglob("*.css")]:
        assert not re.findall(r"""(?:src=|href=|url\(|@import )["']?(?:https?:)?//""", file.read_text()), file.name
