"""The web page as `make page` built it: hashed assets for ever, everything else asked for anew.

The rule kept here: a path that is no file and not the API's is a place inside the page, which the page itself reads.
"""

import gzip
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Response, status
from fastapi.responses import HTMLResponse
from starlette.convertors import Convertor, register_url_convertor

from models.errors import NotFound

router = APIRouter(include_in_schema=False)

FOREVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
# Radix writes style elements of its own; scripts come from our files and from nowhere else.
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "Cache-Control": ALWAYS_ASK,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# What is served uncompressed is small, or compressed already.
WORTH_COMPRESSING_BYTES = 1024
GZIP_LEVEL = 9


class PlaceInThePage(Convertor[str]):
    """Any path but the API's and those of files, which have a dot."""

    regex = r"(?!api(?:/|$)|assets/)[^.]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def install(app: FastAPI) -> None:
    """Let the app serve the page; after every other route, because this one takes what is left."""
    app.include_router(router)


register_url_convertor("place", PlaceInThePage())

AcceptEncoding = Annotated[str, Header()]


@router.head("/assets/{name}")
@router.get("/assets/{name}")
def asset(name: str, accept_encoding: AcceptEncoding = "") -> Response:
    """Give one hashed file: its name changes when its content does."""
    return _file(f"assets/{name}", FOREVER, accept_encoding)


@router.head("/theme.js")
@router.get("/theme.js")
def theme(accept_encoding: AcceptEncoding = "") -> Response:
    """Give the script that chooses the theme before the first paint."""
    return _file("theme.js", ALWAYS_ASK, accept_encoding)


@router.head("/podium.svg")
@router.get("/podium.svg")
def mark(accept_encoding: AcceptEncoding = "") -> Response:
    """Give the mark in the browser's tab."""
    return _file("podium.svg", ALWAYS_ASK, accept_encoding)


@router.head("/{place:place}", response_class=HTMLResponse)
@router.get("/{place:place}", response_class=HTMLResponse)
def page(place: str) -> Response:
    """Give the page, whatever place in it is asked for."""
    index = _built().joinpath("index.html")
    if not index.is_file():
        unbuilt = files("api.pages").joinpath("unbuilt.html").read_text(encoding="utf-8")
        return HTMLResponse(unbuilt, status_code=status.HTTP_503_SERVICE_UNAVAILABLE, headers=PAGE_HEADERS)
    return HTMLResponse(index.read_text(encoding="utf-8"), headers=PAGE_HEADERS)


def _built() -> Traversable:
    return files("api.pages").joinpath("built")


def _file(path: str, cache: str, accept_encoding: str) -> Response:
    found = _built().joinpath(path)
    if "\\" in path or ".." in path or not found.is_file():
        raise NotFound(f"there is no file /{path}", hint="The page may have been built anew: load it again.")
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    content = found.read_bytes()
    if "gzip" in accept_encoding and len(content) >= WORTH_COMPRESSING_BYTES:
        content = _compressed(content)
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=MEDIA_TYPES.get(path[path.rfind(".") :]))


@lru_cache(maxsize=64)
def _compressed(content: bytes) -> bytes:
    return gzip.compress(content, GZIP_LEVEL, mtime=0)
