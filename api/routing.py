"""Every router of the API, in the order in which paths are tried."""

from api.routes import automations, declarations, governance, keys, live, primitives, session

ROUTERS = (
    session.router,
    governance.router,
    live.router,
    automations.router,
    primitives.router,
    declarations.router,
    keys.router,
)
