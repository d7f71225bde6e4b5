"""Builds the FastAPI application: state, error handlers, middleware and routes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from sqlalchemy.exc import DBAPIError
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from temporalio.client import Client

from api.firing.intake_batches import IntakeBatches
from api.firing.temporal_starter import Starter
from api.http import errors, openapi
from api.http import static_page as page
from api.http.body_limit import BodyLimit
from api.http.hosts import TrustedHosts
from api.http.limits import OpenStreams, WrongKeys
from api.http.mcp import Mcp, McpEndpoint
from api.http.middleware import RequestContext
from api.lists.event_stream import Feed
from api.lists.kept_documents import KeptDocuments
from api.routes import (
    anomalies,
    automations,
    backfills,
    budgets,
    callbacks,
    control,
    declarations,
    deliveries,
    governance,
    keys,
    live,
    load,
    manual,
    notices,
    primitives,
    queues,
    replays,
    run_overviews,
    runs,
    session,
    stats,
    system,
    triggers,
)
from api.routes import (
    errors as error_groups,
)
from api.state import State
from models.errors import DatabaseUnavailable, DoesNotBelong
from models.rules.json.storable import stored_json
from models.store.live_list.board import Board, refresh_board
from models.store.outlook.portfolio import PortfolioCache
from runtime.database import (
    REQUEST_STATEMENT_SECONDS,
    autocommitting,
    create_engine,
    long_statements,
    session_factory,
    transaction,
)
from runtime.expressions.evaluation import warm
from runtime.installation_check import check_installation, watch_installation
from runtime.security.secrets import secrets_keyring
from runtime.security.signin import seed_admin_key
from runtime.settings import Settings, read_settings
from runtime.telemetry import tracing_is_on
from runtime.temporal.connection import connect, connect_patiently
from runtime.temporal.payload_store import storing_large_values
from runtime.temporal.retention import HistoryRetention

log = structlog.get_logger(__name__)

SEED_AGAIN_SECONDS = 1.0
COMPRESS_FROM_BYTES = 1024
GZIP_LEVEL = 6
MOST_EXPORTS = 2

ROUTERS = (
    system.router,
    session.router,
    triggers.router,
    callbacks.router,
    governance.router,
    notices.router,
    budgets.router,
    live.router,
    control.router,
    load.router,
    stats.router,
    automations.router,
    queues.router,
    backfills.router,
    primitives.router,
    declarations.router,
    keys.router,
    runs.router,
    run_overviews.router,
    manual.router,
    # Before the paths with an id.
    replays.router,
    deliveries.router,
    error_groups.router,
    anomalies.router,
)
"""In the order in which their paths are tried."""


Companion = Callable[[Client, Settings], AbstractAsyncContextManager[object]]
"""Runs inside the API's process with the same Temporal client: a worker, so that runs start eagerly."""


def create_app(settings: Settings | None = None, *, companion: Companion | None = None) -> FastAPI:
    """Connections are opened at start-up, which succeeds without PostgreSQL and Temporal.

    With a companion it waits for Temporal first.
    """
    settings = settings or read_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _running(app.state.settings, companion) as state:
            app.state.podium = state
            app.state.mcp = McpEndpoint(app)
            try:
                yield
            finally:
                await app.state.mcp.close()

    app = FastAPI(
        title="Podium",
        version="0.1.0",
        summary="Schedules, triggers and runs agents, workflows, networks, campaigns and pulses, durably.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=_operation_id,
    )
    app.state.settings = settings
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router, responses=errors.responses(422))
    app.router.routes.append(Route("/mcp", Mcp(), methods=["GET", "POST", "DELETE"]))
    page.install(app)
    openapi.install(app)
    # Innermost, so that request ids and body limits see plain responses; event streams are never compressed.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES, compresslevel=GZIP_LEVEL)
    app.add_middleware(BodyLimit)
    app.add_middleware(TrustedHosts)
    app.add_middleware(RequestContext)
    if tracing_is_on():
        FastAPIInstrumentor.instrument_app(
            app, excluded_urls="healthz,readyz,metrics", exclude_spans=["receive", "send"]
        )
    return app


@asynccontextmanager
async def _running(settings: Settings, companion: Companion | None) -> AsyncIterator[State]:
    engine = create_engine(settings, read_json=stored_json, statement_seconds=REQUEST_STATEMENT_SECONDS)
    sessions, board = session_factory(engine, settings), Board()
    connected = await (connect_patiently(settings) if companion else connect(settings, lazy=True))
    temporal = storing_large_values(connected, sessions)
    intake = IntakeBatches.on(sessions, autocommitting(engine))
    state = State(
        settings=settings,
        engine=engine,
        sessions=sessions,
        board=board,
        feed=Feed(engine, sessions, board),
        temporal=temporal,
        starter=Starter(temporal, sessions, intake.is_in_a_burst),
        intake=intake,
        keyring=secrets_keyring(settings),
        namespace=temporal.namespace,
        retention=HistoryRetention(temporal),
        portfolios=PortfolioCache(),
        kept=KeptDocuments(),
        planning=asyncio.Lock(),
        simulating=asyncio.Lock(),
        wrong_keys=WrongKeys(),
        streams=OpenStreams(settings.max_event_streams),
        exports=OpenStreams(MOST_EXPORTS, "exports", "Try again when one of them has ended."),
    )
    belonging = asyncio.create_task(_belong(state, seeded=await _seed(state)))
    warming = asyncio.create_task(_warm(state))
    warm()
    try:
        async with companion(temporal, settings) if companion else nullcontext():
            yield state
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        belonging.cancel()
        await asyncio.gather(belonging, return_exceptions=True)
        await state.kept.close()
        await state.feed.close()
        await state.retention.close()
        await state.starter.close()
        await engine.dispose()


async def _seed(state: State) -> bool:
    try:
        await check_installation(state.settings, state.sessions)
        async with transaction(state.sessions) as session:
            await seed_admin_key(session, state.settings)
    except (DatabaseUnavailable, DBAPIError) as error:
        # PostgreSQL may be unreachable, or its migrations still running.
        log.warning("the administrator's key has to wait for the database", reason=str(error).partition("\n")[0])
        return False
    return True


async def _warm(state: State) -> None:
    """Load the board before the first request; requests during the load wait for it instead of loading it again."""
    try:
        with long_statements():
            async with transaction(state.sessions) as session:
                await refresh_board(session, state.board, datetime.now(UTC))
    except (DatabaseUnavailable, DBAPIError) as error:
        log.info("the live list is loaded on the first request", reason=str(error).partition("\n")[0])


async def _belong(state: State, *, seeded: bool) -> None:
    """Stop the process when it turns out not to belong to its database, at start or later."""
    try:
        while not seeded:
            await asyncio.sleep(SEED_AGAIN_SECONDS)
            seeded = await _seed(state)
        await watch_installation(state.settings, state.sessions)
    except DoesNotBelong as error:
        log.critical("the API stops", reason=error.detail, hint=error.hint)
        signal.raise_signal(signal.SIGTERM)


def _operation_id(route: APIRoute) -> str:
    return f"{route.tags[0]}-{route.name.replace('_', '-')}" if route.tags else route.name
