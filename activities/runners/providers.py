"""Builds models with their provider's client, and keeps keys apart.

Where a `baseUrl` is set, nothing from the provider's environment (key, organisation, headers) is sent to it, only the
key of the agent's spec.
"""

import inspect
from contextlib import suppress
from typing import Any

import httpx2
from pydantic_ai.models import Model, infer_model
from pydantic_ai.providers import Provider, infer_provider_class

from models.contracts.primitives.specs import ModelRunner
from models.errors import AgentRefused
from models.rules.specs.runners import MODEL_PROVIDERS

_NO_KEY = "no-key"
_CHAT = "openai-chat"
_OPENAI_FLAVOURS = {"openai-chat": "openai", "openai-responses": "openai"}
_loaded: set[tuple[str, bool]] = set()
_FROM_ENVIRONMENT = ("organization", "project", "admin_api_key", "auth_token")


def build_model(runner: ModelRunner, key: str | None, http: httpx2.AsyncClient) -> Model:
    """Build the model `provider:name`; with a `baseUrl`, `openai:` means the chat-completions protocol.

    Raises:
        AgentRefused: the provider is unknown, or cannot be used at another address.
    """
    wanted, _, model = runner.model.partition(":")
    if runner.base_url is not None and (wanted == "openai" or not _takes(_class(wanted), "base_url")):
        wanted = _CHAT
    return infer_model(f"{wanted}:{model}", provider_factory=lambda name: _provider(name, runner, key, http))


def load_provider(runner: ModelRunner, http: httpx2.AsyncClient) -> None:
    """Import the libraries of a model's provider, which takes seconds at the first time."""
    wanted = runner.model.partition(":")[0], runner.base_url is not None
    if wanted in _loaded:
        return
    # What is wrong with the model is said by its call.
    with suppress(Exception):
        build_model(runner, _NO_KEY, http)
    _loaded.add(wanted)


def price_provider(runner: ModelRunner) -> str:
    """Return the provider's name in the price list."""
    provider = runner.model.partition(":")[0]
    return _OPENAI_FLAVOURS.get(provider, provider)


def _class(provider: str) -> type[Provider[Any]]:
    if provider not in MODEL_PROVIDERS:
        raise AgentRefused(f"there is no model provider {provider!r}", hint="Write provider:model.")
    try:
        return infer_provider_class(provider)
    except ImportError as error:
        raise AgentRefused(f"the library of {provider} is not installed: {error}") from None


def _provider(name: str, runner: ModelRunner, key: str | None, http: httpx2.AsyncClient) -> Provider[Any]:
    cls = _class(name)
    if not _takes(cls, "http_client"):
        raise AgentRefused(f"{name} cannot be called through the guarded client", hint="Use another provider.")
    arguments: dict[str, Any] = {"http_client": http}
    if key is not None:
        arguments["api_key"] = key
    if runner.base_url is not None:
        arguments |= {"base_url": runner.base_url, "api_key": key or _NO_KEY}
    try:
        provider = cls(**arguments)
    except Exception as error:
        if "api_key" in arguments or not _takes(cls, "api_key"):
            raise
        # Without a key the libraries fail with errors of their own kinds.
        raise AgentRefused(
            f"there is no API key for {name}: {error}",
            hint="Set apiKey in the agent's runner, or the provider's variable in the worker's environment.",
        ) from error
    _configure(provider.client, apart=runner.base_url is not None)
    return provider


def _configure(client: Any, *, apart: bool) -> None:
    """Turn off the library's retries and, if `apart`, remove what it read from the environment."""
    if hasattr(client, "max_retries"):
        client.max_retries = 0
    if not apart:
        return
    for name in _FROM_ENVIRONMENT:
        if getattr(client, name, None) is not None:
            setattr(client, name, None)
    if getattr(client, "_custom_headers", None):
        client._custom_headers = {}


def _takes(cls: type[Provider[Any]], argument: str) -> bool:
    return argument in inspect.signature(cls.__init__).parameters
