"""Triggers from outside: webhooks, events and Slack; known event names and new webhook secrets."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import JSONResponse

from api.deps import Admin, AfterCommitDep, Reader, Sender, Session, StateDep
from api.firing import fire as firing
from api.firing import intake, slack
from api.firing.body_reading import read_body
from api.firing.chains import chain_of
from api.firing.idempotency import slack_key
from api.firing.signatures import new_secret, verify
from api.http.auth import Actor
from api.http.bodies import JsonRoute, losses_of
from api.http.errors import refused, responses
from api.http.metrics import REJECTED, UNREADABLE
from api.state import State
from models.contracts.automations.drafts import EventRequest, Verification
from models.contracts.automations.event_names import EventNames
from models.contracts.runs.views import Fired
from models.contracts.secrets import NewSecret
from models.endpoints import SLACK_UNVERIFIED, EndpointKind, endpoint
from models.errors import BadSignature, Invalid, Unavailable
from models.rules.json.reading import loss_note
from models.states import DeliveryOutcome, Source
from models.store.automations import queries as automations
from models.store.automations.event_names import event_names
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival
from models.store.deliveries.refused import count_rejected
from models.store.tables.automations import Automation
from runtime.database import transaction
from runtime.firing.matching import refuse_huge_numbers
from runtime.firing.slack_messages import listeners as listeners_to
from runtime.firing.slack_messages import read_message
from runtime.security.secrets import AUTOMATION_SECRETS, reveal

router = APIRouter(prefix="/api", tags=["triggers"], route_class=JsonRoute)


@router.post(
    "/webhooks/{path}", status_code=status.HTTP_202_ACCEPTED, response_model=Fired, responses=responses(401, 404, 415)
)
async def webhook(path: str, request: Request, state: StateDep, after: AfterCommitDep) -> Any:
    """Fire the automation that listens at a path, after its signature check."""
    row = await state.intake.webhooks.do(path)
    if row is None:
        raise automations.no_webhook(path)
    body = await request.body()
    sent_to = endpoint(EndpointKind.WEBHOOK, path)
    method = row.verification or Verification.STANDARD
    try:
        _verify(row, method, state, request, body)
    except BadSignature as error:
        async with transaction(state.sessions) as session:
            return await _rejected(session, sent_to, Source.WEBHOOK, request, error)
    try:
        chain = await chain_of(state, request.headers)
        limit = state.settings.max_payload_bytes
        arrival = intake.read_webhook(path, method, request.headers, body, max_bytes=limit, chain=chain)
        refuse_huge_numbers(arrival.payload)
    except Invalid as error:
        async with transaction(state.sessions) as session:
            return await _unreadable(session, sent_to, Source.WEBHOOK, request, body, error)
    if method is Verification.SLACK and (notice := slack.notice_in(arrival.payload)):
        return JSONResponse(notice.answer)
    return await firing.accept(state, after, arrival, [row])


@router.post(
    "/triggers/event", status_code=status.HTTP_202_ACCEPTED, response_model=Fired, responses=responses(401, 403)
)
async def event(given: EventRequest, request: Request, state: StateDep, after: AfterCommitDep, actor: Sender) -> Any:
    """Fire every automation that listens to an event and whose filter matches."""
    sent_to, body = endpoint(EndpointKind.EVENT, given.event_name), await request.body()
    try:
        arrival = intake.arrival(
            Source.EVENT,
            sent_to,
            given.payload,
            request.headers,
            actor,
            body=body,
            key=given.idempotency_key,
            note=loss_note(losses_of(request)),
            chain=await chain_of(state, request.headers),
        )
        return await firing.accept(state, after, arrival, await state.intake.events.do(given.event_name))
    except Invalid as error:
        async with transaction(state.sessions) as session:
            return await _unreadable(session, sent_to, Source.EVENT, request, body, error, actor)


@router.post(
    "/triggers/slack", status_code=status.HTTP_202_ACCEPTED, response_model=Fired, responses=responses(401, 415)
)
async def slack_message(request: Request, session: Session, state: StateDep, after: AfterCommitDep) -> Any:
    """Receive Slack events and slash commands; a command is answered with a text message."""
    body = await request.body()
    secrets = [secret.get_secret_value() for secret in state.settings.slack_signing_secrets]
    rows = await automations.by_slack(session)
    try:
        verified = slack.verified_automations(rows, secrets, state.keyring, request.headers, body)
    except BadSignature as error:
        return await _rejected(session, SLACK_UNVERIFIED, Source.SLACK, request, error)
    try:
        read = read_body(body, request.headers, state.settings.max_payload_bytes)
        if notice := slack.notice_in(read.payload):
            return JSONResponse(notice.answer)
        message = read_message(read.payload)
        refuse_huge_numbers(read.payload)
    except Invalid as error:
        return await _unreadable(session, SLACK_UNVERIFIED, Source.SLACK, request, body, error)
    key = slack_key(request.headers, body, read.payload)
    arrival = Arrival(
        Source.SLACK,
        endpoint(EndpointKind.SLACK, message.name),
        message.payload,
        # The body of a command contains tokens that act in its sender's name.
        b"" if message.is_command else body,
        intake.kept_headers(request.headers),
        key.key,
        key_lasts=key.lasts,
        note=read.note,
    )
    listeners = listeners_to(verified, message)
    fired = await firing.deliver(session, after, arrival, listeners)
    if message.is_command:
        return JSONResponse({"response_type": "ephemeral", "text": slack.command_text(fired, listeners)})
    return fired


@router.get("/events")
async def list_events(session: Session, _: Reader) -> EventNames:
    """List event names that automations listen to or that arrived recently, most recent first."""
    return await event_names(session)


@router.post("/secrets", responses=responses(401, 403))
async def make_secret(_: Admin, response: Response) -> NewSecret:
    """Generate a webhook secret in the format of Standard Webhooks; it is not stored."""
    response.headers["Cache-Control"] = "no-store"
    return NewSecret(secret=new_secret())


def _verify(row: Automation, method: Verification, state: State, request: Request, body: bytes) -> None:
    try:
        secrets = [reveal(state.keyring, sealed, context=AUTOMATION_SECRETS) for sealed in row.secrets if sealed]
    except Invalid as error:
        # Our fault, not the sender's: with a 503 it retries and loses nothing.
        raise Unavailable("this webhook's secret cannot be read at the moment") from error
    verify(method, secrets, request.headers, body, row.secret_header or "X-Podium-Secret")


async def _rejected(
    session: Session, endpoint: str, source: Source, request: Request, error: BadSignature
) -> JSONResponse:
    """Count a rejected delivery; returns the error instead of raising it, so that the count is committed."""
    await count_rejected(session, endpoint)
    REJECTED.labels(source.value).inc()
    return refused(request, error)


async def _unreadable(
    session: Session,
    sent_to: str,
    source: Source,
    request: Request,
    body: bytes,
    error: Invalid,
    actor: Actor | None = None,
) -> JSONResponse:
    """Record a verified but unreadable delivery, without its body; the sender is unlikely to repeat it."""
    arrival = Arrival(
        source,
        sent_to,
        None,
        b"",
        intake.kept_headers(request.headers),
        sent_by=actor.name if actor else None,
        sender_id=actor.key_id if actor else None,
        note=error.detail,
        size=len(body),
    )
    await store_deliveries(session, [NewDelivery(arrival, DeliveryOutcome.REJECTED, datetime.now(UTC))])
    UNREADABLE.labels(source.value, error.code).inc()
    return refused(request, error)
