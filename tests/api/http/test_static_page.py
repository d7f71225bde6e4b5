"""Serving the built page. tests/web/quality/test_build.py checks the real build."""

from pathlib import Path

import httpx2
import pytest
from starlette.staticfiles import StaticFiles

from api.http import static_page


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that is served as the built page."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-1.js").write_text("export const a = 1;\n" * 500)
    (tmp_path / "index.html").write_text("<!doctype html><title>Podium</title>")
    (tmp_path / "theme.js").write_text("document.title")
    monkeypatch.setattr(static_page, "BUILT", StaticFiles(directory=tmp_path))
    return tmp_path


async def test_a_hashed_asset_is_immutable_and_compressed(built: Path, anonymous: httpx2.AsyncClient) -> None:
    asset = await anonymous.get("/assets/index-1.js", headers={"Accept-Encoding": "gzip"})
    assert asset.text == (built / "assets" / "index-1.js").read_text()
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.headers["vary"] == "Accept-Encoding"


async def test_other_files_are_revalidated(built: Path, anonymous: httpx2.AsyncClient) -> None:
    theme = await anonymous.get("/theme.js")
    assert theme.headers["cache-control"] == "no-cache"
    again = await anonymous.get("/theme.js", headers={"If-None-Match": theme.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"


async def test_a_head_request_has_the_headers_of_a_get(built: Path, anonymous: httpx2.AsyncClient) -> None:
    for path in ("/", "/runs/01a2", "/theme.js", "/assets/index-1.js"):
        head = await anonymous.head(path)
        read = await anonymous.get(path, headers={"Accept-Encoding": "identity"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == read.headers["content-length"], path


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + ".js", "%2e%2e%2findex.html", "%00", "sub%5c..%5cx.js"])
async def test_an_unknown_asset_is_not_found(built: Path, anonymous: httpx2.AsyncClient, name: str) -> None:
    answer = await anonymous.get(f"/assets/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_page_is_missing_until_it_is_built(built: Path, anonymous: httpx2.AsyncClient) -> None:
    (built / "index.html").unlink()
    answer = await anonymous.get("/calendar")
    assert answer.status_code == 503
    assert "default-src 'none'" in answer.headers["content-security-policy"]
