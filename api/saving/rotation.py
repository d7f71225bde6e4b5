"""Changing a webhook's or a Slack app's secret without an hour in which senders are turned away.

The rule kept here: a secret that is replaced stays good as `previousSecret` until somebody says otherwise.
"""

from models.contracts.automations import AutomationDraft, AutomationPatch
from models.contracts.base import REDACTED, JsonObject
from models.errors import Invalid
from runtime.keyring import Keyring
from runtime.secrets import reveal

_PREVIOUS = frozenset({"previousSecret", "previous_secret"})


def rotated(stored: AutomationDraft, patch: AutomationPatch, keyring: Keyring, *, context: str) -> AutomationDraft:
    """Give what is stored as a patch finds it: the secret that it replaces has moved to `previousSecret`.

    A patch that names `previousSecret` itself decides what stands there; null clears it.
    """
    moved = {}
    for name in ("webhook", "slack"):
        config, given = getattr(stored, name), getattr(patch, name)
        if config is not None and given and _replaces(given, config.secret, keyring, context):
            moved[name] = config.model_copy(update={"previous_secret": config.secret})
    return stored.model_copy(update=moved)


def _replaces(given: JsonObject, current: str | None, keyring: Keyring, context: str) -> bool:
    new = given.get("secret")
    if current is None or not isinstance(new, str) or new in (REDACTED, current) or _PREVIOUS & given.keys():
        return False
    try:
        # Sent twice, the new secret must not push out the old one.
        return reveal(keyring, current, context=context) != new
    except Invalid:
        # What cannot be read any more verifies nobody, and would only stand in the way.
        return False
