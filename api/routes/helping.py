"""What somebody who writes an automation asks for: the events that are known, and a secret that nobody can guess."""

from fastapi import APIRouter, Response

from api.deps import Admin, Reader, Session
from api.firing.signatures import new_secret
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.events import EventNames
from models.contracts.secrets import NewSecret
from models.store.automations.event_names import event_names

router = APIRouter(prefix="/api", tags=["triggers"], route_class=JsonRoute)


@router.get("/events")
async def list_events(session: Session, _: Reader) -> EventNames:
    """List the events that automations wait for or that have arrived lately, the newest in front."""
    return await event_names(session)


@router.post("/secrets", responses=responses(401, 403))
async def make_secret(_: Admin, response: Response) -> NewSecret:
    """Make a secret for a webhook, of the form that Standard Webhooks has; nothing of it is kept here."""
    response.headers["Cache-Control"] = "no-store"
    return NewSecret(secret=new_secret())
