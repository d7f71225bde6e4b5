"""Every router of the API, in the order in which paths are tried."""

from api.routes import (
    automations,
    calendar,
    callbacks,
    costs,
    declarations,
    density,
    governance,
    keys,
    live,
    manual,
    preview,
    primitives,
    runs,
    session,
    system,
    triggers,
)

ROUTERS = (
    system.router,
    session.router,
    triggers.router,
    callbacks.router,
    governance.router,
    live.router,
    density.router,
    calendar.router,
    costs.router,
    preview.router,
    automations.router,
    primitives.router,
    declarations.router,
    keys.router,
    runs.router,
    manual.router,
)
