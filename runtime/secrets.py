"""Secrets of users at rest: encrypted in a column, or named as `env:NAME` and resolved at use.

The rule kept here: the clear text exists only between `reveal` and the call that needs it.
"""

import base64
import os
import re

from models.errors import Invalid
from runtime.keyring import CannotDecrypt, Keyring, Sealed, secret_key
from runtime.settings import Settings

_REFERENCE = re.compile(r"^env:([A-Za-z_][A-Za-z0-9_]*)$")
# Our own settings must not leave through somebody's agent or webhook.
_OWN = ("PODIUM_", "TEMPORAL_", "PG")
# A provider's own key goes to the provider's own address only, and there the provider's library puts it by itself.
PROVIDER_KEYS = frozenset(
    {
        "ALIBABA_API_KEY",
        "ANTHROPIC_API_KEY",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_SECRET_ACCESS_KEY",
        "AZURE_OPENAI_API_KEY",
        "AZURE_VOICELIVE_API_KEY",
        "CEREBRAS_API_KEY",
        "COPILOT_GITHUB_TOKEN",
        "CO_API_KEY",
        "CRUSOE_API_KEY",
        "DASHSCOPE_API_KEY",
        "DEEPSEEK_API_KEY",
        "ELEVENLABS_API_KEY",
        "FIREWORKS_API_KEY",
        "GEMINI_API_KEY",
        "GITHUB_API_KEY",
        "GITHUB_COPILOT_API_KEY",
        "GITHUB_COPILOT_API_TOKEN",
        "GOOGLE_API_KEY",
        "GROQ_API_KEY",
        "META_API_KEY",
        "MISTRAL_API_KEY",
        "MOONSHOTAI_API_KEY",
        "NEBIUS_API_KEY",
        "OLLAMA_API_KEY",
        "OPENAI_API_KEY",
        "OPENROUTER_API_KEY",
        "OVHCLOUD_API_KEY",
        "PAIG_API_KEY",
        "PYDANTIC_AI_GATEWAY_API_KEY",
        "SAMBANOVA_API_KEY",
        "SYSTEM_ONE_API_KEY",
        "TOGETHER_API_KEY",
        "TYPESAFE_API_KEY",
        "VERCEL_AI_GATEWAY_API_KEY",
        "VLLM_API_KEY",
        "VOYAGE_API_KEY",
        "XAI_API_KEY",
        "ZAI_API_KEY",
    }
)
_VERSION = "v1"
# What a stored secret belongs to (table and column): a ciphertext opens only in the context that it was sealed in.
AUTOMATION_SECRETS = "automations.secrets"
SPEC_SECRETS = "primitives.spec"


def secrets_keyring(settings: Settings) -> Keyring:
    """Return the keys for secrets at rest."""
    return Keyring(secret_key(settings), purpose="podium secrets at rest")


def conceal(keyring: Keyring, value: str, *, context: str = "") -> str:
    """Return what to store for a secret: an `env:NAME` reference as it is, else `v1.<key>.<ciphertext>`.

    `context` binds the ciphertext to its place (a table and column), so that it opens nowhere else.
    """
    if value.startswith("env:"):
        _reference(value)
        return value
    sealed = keyring.seal(value.encode(), context=context.encode())
    return f"{_VERSION}.{sealed.key_id}.{base64.urlsafe_b64encode(sealed.data).decode()}"


def reveal(keyring: Keyring, stored: str, *, context: str = "") -> str:
    """Return the clear text of what `conceal` stored; raise `Invalid` that never holds the secret."""
    if stored.startswith("env:"):
        return _from_environment(_reference(stored))
    version, _, rest = stored.partition(".")
    key_id, _, data = rest.partition(".")
    try:
        if version != _VERSION:
            raise CannotDecrypt("it was not written by this version of Podium")
        sealed = Sealed(key_id, base64.urlsafe_b64decode(data))
        return keyring.open(sealed, context=context.encode()).decode()
    except ValueError as error:
        raise Invalid(f"A stored secret cannot be read: {error}", hint="Set the secret again.") from error


def _reference(value: str) -> str:
    match = _REFERENCE.match(value)
    if match is None:
        raise Invalid("A reference to the environment is written env:NAME", hint="Use letters, digits and _.")
    name = match.group(1)
    if name.upper().startswith(_OWN):
        raise Invalid(f"{name} belongs to Podium itself and cannot be referred to", hint="Use another variable.")
    if name.upper() in PROVIDER_KEYS:
        hint = "Leave apiKey out to use it at its provider; elsewhere, name a variable of another name."
        raise Invalid(f"{name} belongs to its provider and cannot be sent anywhere else", hint=hint)
    return name


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise Invalid(f"The environment variable {name} is not set here", hint=f"Set {name} for API and worker.")
    return value
