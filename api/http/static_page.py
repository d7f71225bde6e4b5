"""Serves the built web page: hashed assets are immutable, everything else is revalidated.

A path that is neither a file nor under `/api` is a client-side route and gets `index.html`.
"""

from importlib.resources import files

from fastapi import APIRouter, FastAPI, Request, Response, status
from fastapi.responses import HTMLResponse
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from models.errors import NotFound

router = APIRouter(include_in_schema=False)

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
MOST_CHARACTERS = 200
"""Longer names are errors of the file system instead of missing files."""
# Radix writes inline style elements; scripts are only ever loaded from our own files.
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "Cache-Control": REVALIDATE,
    "Referrer-Policy": "no-referrer",
}
# Not checked at start-up: the API also runs without a built page.
BUILT = StaticFiles(directory=str(files("api.pages").joinpath("built")), check_dir=False)


class ClientRoute(Convertor[str]):
    """Matches paths outside `/api` and `/assets` without a dot, so file names never match."""

    regex = r"(?!api(?:/|$)|assets/)[^.]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


def install(app: FastAPI) -> None:
    """Must be called after all other routes are added: the last route matches whatever is left."""
    app.include_router(router)


register_url_convertor("client_route", ClientRoute())


@router.head("/assets/{name}")
@router.get("/assets/{name}")
async def asset(name: str, request: Request) -> Response:
    return await _file(f"assets/{name}", IMMUTABLE, request)


@router.head("/theme.js")
@router.get("/theme.js")
@router.head("/podium.svg")
@router.get("/podium.svg")
async def public_file(request: Request) -> Response:
    return await _file(request.url.path.removeprefix("/"), REVALIDATE, request)


@router.head("/{path:client_route}")
@router.get("/{path:client_route}")
async def page(path: str, request: Request) -> Response:
    try:
        response = await BUILT.get_response("index.html", request.scope)
    except HTTPException:
        unbuilt = files("api.pages").joinpath("unbuilt.html").read_text(encoding="utf-8")
        response = HTMLResponse(unbuilt, status_code=status.HTTP_503_SERVICE_UNAVAILABLE)
    response.headers.update(PAGE_HEADERS)
    return response


async def _file(path: str, cache: str, request: Request) -> Response:
    if len(path) > MOST_CHARACTERS:
        raise NotFound("there is no file of this name")
    try:
        response = await BUILT.get_response(path, request.scope)
    except HTTPException as error:
        if error.status_code != status.HTTP_404_NOT_FOUND:
            raise
        raise NotFound(f"there is no file /{path}", hint="The page may have been rebuilt: reload it.") from None
    response.headers["Cache-Control"] = cache
    return response
