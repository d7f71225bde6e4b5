"""Rotates secrets of webhooks and Slack apps without downtime.

A replaced secret stays valid as `previousSecret` until it is cleared.
"""

from models.contracts.automations.drafts import AutomationDraft, AutomationPatch
from models.contracts.base import REDACTED, JsonObject
from models.errors import Invalid
from runtime.security.keyring import Keyring
from runtime.security.secrets import reveal

_PREVIOUS = frozenset({"previousSecret", "previous_secret"})


def rotated(stored: AutomationDraft, patch: AutomationPatch, keyring: Keyring, *, context: str) -> AutomationDraft:
    """Return the stored automation with a secret that the patch replaces moved to `previousSecret`.

    A patch that sets `previousSecret` takes precedence; null clears it.
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
        # The same patch sent twice must not overwrite the previous secret.
        return reveal(keyring, current, context=context) != new
    except Invalid:
        # A secret that can no longer be decrypted verifies nothing, so it is not kept.
        return False
