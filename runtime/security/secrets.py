"""Users' secrets at rest: encrypted in a column, or a reference `env:NAME` that is resolved when used.

The plain text exists only between `reveal` and the call that needs it.
"""

import base64
import os
import re
from collections.abc import Collection

from models.errors import Invalid, SecretKeyMissing
from runtime.security.keyring import CannotDecrypt, KeyNotConfigured, Keyring, Sealed, secret_key
from runtime.security.revealed_secrets import note_revealed
from runtime.settings import Settings

_REFERENCE = re.compile(r"^env:([A-Za-z_][A-Za-z0-9_]*)$")
_INSIDE = re.compile(r"(?<![A-Za-z0-9_])env:PODIUM_SECRET_", re.IGNORECASE)
PREFIX = "PODIUM_SECRET_"
# Podium's own settings must not be sent to an agent or webhook, although two of them begin with the prefix.
_OWN = frozenset(f"PODIUM_{name}".upper() for name in Settings.model_fields)
# A provider's key is sent to that provider's address only, by the provider's own library.
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
    """Return the keyring for secrets at rest."""
    return Keyring(secret_key(settings), purpose="podium secrets at rest", variables=settings.secret_variables)


def conceal(keyring: Keyring, value: str, *, context: str = "") -> str:
    """Return what to store for a secret: an `env:NAME` reference as it is, else `v1.<key>.<ciphertext>`.

    `context` (a table and column) is bound to the ciphertext: `reveal` needs the same one.
    """
    if value.startswith("env:"):
        check_reference(value, keyring.variables)
        return value
    if _INSIDE.search(value):
        # It would be sent as it is written.
        hint = "Put the whole value, such as `Bearer ...`, into the variable and write env:NAME."
        raise Invalid("`env:NAME` must be the whole value, with `env` in lower case", hint=hint)
    sealed = keyring.seal(value.encode(), context=context.encode())
    return f"{_VERSION}.{sealed.key_id}.{base64.urlsafe_b64encode(sealed.data).decode()}"


def reveal(keyring: Keyring, stored: str, *, context: str = "") -> str:
    """Return the plain text of what `conceal` returned, without it in any error.

    In an activity the text is scrubbed from everything that the activity returns, raises or logs.

    Raises:
        SecretKeyMissing: it is encrypted with a key that this process does not have.
        Invalid: it cannot be read.
    """
    plain = _reveal(keyring, stored, context)
    note_revealed(plain)
    return plain


def check_reference(value: str, variables: Collection[str]) -> None:
    """Raise `Invalid` unless the text is `env:NAME` with a variable that secrets may name."""
    _reference(value, variables)


def read_reference(value: str, variables: Collection[str]) -> str:
    """Return the value of the variable that `env:NAME` names, scrubbed from now on; raise `Invalid` if it is unset."""
    plain = _from_environment(_reference(value, variables))
    note_revealed(plain)
    return plain


def unset_variable(value: str | None) -> str | None:
    """Return the name of the variable that a secret refers to, if this process does not have it."""
    found = _REFERENCE.match(value or "")
    return found[1] if found and not os.environ.get(found[1]) else None


def _reveal(keyring: Keyring, stored: str, context: str) -> str:
    if stored.startswith("env:"):
        return _from_environment(_reference(stored, keyring.variables))
    version, _, rest = stored.partition(".")
    key_id, _, data = rest.partition(".")
    try:
        if version != _VERSION:
            raise CannotDecrypt("it has a format that this version of Podium does not know")
        sealed = Sealed(key_id, base64.urlsafe_b64decode(data))
        return keyring.open(sealed, context=context.encode()).decode()
    except KeyNotConfigured as error:
        hint = "Start this process with the keys of the others (PODIUM_SECRET_KEY), or set the secret again."
        raise SecretKeyMissing(f"a stored secret cannot be read: {error}", hint=hint) from error
    except ValueError as error:
        raise Invalid(f"a stored secret cannot be read: {error}", hint="Set the secret again.") from error


def _reference(value: str, variables: Collection[str]) -> str:
    match = _REFERENCE.match(value)
    if match is None:
        raise Invalid(
            "a reference to an environment variable must have the form env:NAME", hint="Use letters, digits and _."
        )
    name = match.group(1)
    if name.upper() in _OWN:
        raise Invalid(
            f"{name} is one of Podium's own settings and cannot be used as a secret", hint="Use another variable."
        )
    if name.upper() in PROVIDER_KEYS:
        hint = "Omit apiKey to use it with its provider; for another address, use a variable of another name."
        raise Invalid(f"{name} is a provider's key and cannot be sent to another address", hint=hint)
    if not name.startswith(PREFIX) and name not in variables:
        hint = f"Rename it to {PREFIX}{name}, or list it in PODIUM_SECRET_VARIABLES."
        raise Invalid(f"{name} is not an environment variable that secrets may name", hint=hint)
    return name


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise Invalid(
            f"The environment variable {name} is not set in this process", hint=f"Set {name} for API and worker."
        )
    return value
