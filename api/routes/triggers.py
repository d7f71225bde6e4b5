"""Where the outside world fires automations: webhooks, events and Slack."""

from typing import Any

from fastapi import APIRouter, Request, status
from fastapi.responses import JSONResponse

from api.deps import AfterCommitDep, Operator, Session, StateDep
from api.firing import fire as firing
from api.firing import intake, slack
from api.firing.signatures import verify
from api.http.bodies import JsonRoute
from api.http.errors import problem, responses
from api.http.metrics import REJECTED
from api.state import State
from models.contracts.automations import EventRequest, Verification
from models.contracts.runs import Fired
from models.endpoints import SLACK_UNVERIFIED, EndpointKind, endpoint
from models.errors import BadSignature, Invalid, Unavailable
from models.rules.expressions.filters import Arrived
from models.states import Source
from models.store.automations import queries as automations
from models.store.runs import deliveries
from models.store.runs.deliveries import Arrival
from models.store.tables.automations import Automation
from runtime.secrets import AUTOMATION_SECRETS, reveal

router = APIRouter(prefix="/api", tags=["triggers"], route_class=JsonRoute)

SLACK_PATIENCE_SECONDS = 1.0
"""Slack waits three seconds for an answer; what is not started by then goes on behind it."""


@router.post(
    "/webhooks/{path}", status_code=status.HTTP_202_ACCEPTED, response_model=Fired, responses=responses(401, 404)
)
async def webhook(path: str, request: Request, session: Session, state: StateDep, after: AfterCommitDep) -> Any:
    """Fire the automation that listens at a path, as its verification allows."""
    row = await automations.by_webhook_path(session, path)
    sent_to = endpoint(EndpointKind.WEBHOOK, path)
    body = await request.body()
    try:
        _verify(row, state, request, body)
    except BadSignature as error:
        return await _rejected(session, sent_to, Source.WEBHOOK, error)
    payload = intake.read_payload(body, request.headers.get("content-type", ""))
    given = payload.get("idempotencyKey") if isinstance(payload, dict) else None
    headers = intake.kept_headers(request.headers)
    arrival = Arrival(Source.WEBHOOK, sent_to, payload, body, headers, intake.idempotency_key(request.headers, given))
    matched = firing.matching([row], Arrived(payload, headers))
    targets = [firing.target(one, payload) for one in matched]
    return await firing.fire(session, after, arrival, targets, candidates=1)


@router.post("/triggers/event", status_code=status.HTTP_202_ACCEPTED, responses=responses(401, 403))
async def event(
    given: EventRequest, request: Request, session: Session, after: AfterCommitDep, actor: Operator
) -> Fired:
    """Fire every automation, of whatever kind, that waits for an event and whose filter matches."""
    arrival = Arrival(
        Source.EVENT,
        endpoint(EndpointKind.EVENT, given.event_name),
        given.payload,
        await request.body(),
        intake.kept_headers(request.headers),
        intake.idempotency_key(request.headers, given.idempotency_key),
        sent_by=actor.name,
    )
    rows = await automations.by_event(session, given.event_name)
    matched = firing.matching(rows, Arrived(given.payload, name=given.event_name))
    targets = [firing.target(row, given.payload) for row in matched]
    return await firing.fire(session, after, arrival, targets, candidates=len(rows))


@router.post("/triggers/slack", status_code=status.HTTP_202_ACCEPTED, response_model=Fired, responses=responses(401))
async def slack_message(request: Request, session: Session, state: StateDep, after: AfterCommitDep) -> Any:
    """Take Slack's events and slash commands; a command is answered with a text."""
    after.patience_seconds = SLACK_PATIENCE_SECONDS
    body = await request.body()
    secrets = [secret.get_secret_value() for secret in state.settings.slack_signing_secrets]
    rows = await automations.by_slack(session)
    try:
        vouched = slack.vouching(rows, secrets, state.keyring, request.headers, body)
    except BadSignature as error:
        return await _rejected(session, SLACK_UNVERIFIED, Source.SLACK, error)
    message = slack.read_message(body, request.headers.get("content-type", ""))
    if isinstance(message, slack.SlackNotice):
        return JSONResponse(message.answer)
    arrival = Arrival(
        Source.SLACK,
        endpoint(EndpointKind.SLACK, message.name),
        message.payload,
        # A command's body holds tokens that act in its sender's name.
        b"" if message.is_command else body,
        intake.kept_headers(request.headers),
        message.key,
    )
    rows = slack.listening(vouched, message)
    matched = firing.matching(rows, Arrived(message.payload, name=message.name))
    targets = [firing.target(row, message.payload) for row in matched]
    fired = await firing.fire(session, after, arrival, targets, candidates=len(rows))
    if message.is_command:
        text = slack.command_text(fired, [row.name for row in matched])
        return JSONResponse({"response_type": "ephemeral", "text": text})
    return fired


def _verify(row: Automation, state: State, request: Request, body: bytes) -> None:
    try:
        secrets = [reveal(state.keyring, sealed, context=AUTOMATION_SECRETS) for sealed in row.secrets if sealed]
    except Invalid as error:
        # Our fault, not the sender's: asked to try again, it loses nothing.
        raise Unavailable("this webhook's secret cannot be read here at the moment") from error
    method = row.verification or Verification.STANDARD
    verify(method, secrets, request.headers, body, row.secret_header or "X-Podium-Secret")


async def _rejected(session: Session, sent_to: str, source: Source, error: BadSignature) -> JSONResponse:
    """Count a refusal, and answer it instead of raising, so that the count is committed."""
    await deliveries.count_rejected(session, sent_to)
    REJECTED.labels(source.value).inc()
    return problem(error)
