"""Runners: how an agent is called. A runner is told apart by its `type`."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.base import CallCost, Contract, Secret
from models.contracts.primitives.headers import Headers
from models.limits import MAX_AGENT_ATTEMPTS

MODEL_PATTERN = r"^[a-z0-9-]+:.+$"
FUNCTION_PATTERN = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"


class RetrySpec(Contract):
    """How often a failed call is retried, and how long Podium waits between attempts.

    The wait before attempt n+1 is `initialSeconds` times `backoff` to the power n-1, but at most `maxSeconds`.
    Errors that are not retryable (a 3xx or 4xx answer, a usage limit, an address that is not allowed) end the call at
    once.
    """

    max_attempts: int = Field(3, ge=1, le=MAX_AGENT_ATTEMPTS)
    """Attempts in total, the first included. 1 means no retry."""
    initial_seconds: float = Field(1.0, gt=0, le=3600)
    """Seconds between the first attempt and the second."""
    backoff: float = Field(2.0, ge=1, le=10)
    """Factor by which the wait grows with each attempt."""
    max_seconds: float = Field(60.0, gt=0, le=86400)
    """Longest wait between two attempts, in seconds; at least `initialSeconds`."""


class ModelUsageLimits(Contract):
    """Limits of one model call. Reaching one fails the call for good: it is not retried."""

    requests: int | None = Field(20, ge=1)
    """Maximum requests to the model in one call, tool rounds included. null: no limit."""
    total_tokens: int | None = Field(None, ge=1)
    """Maximum input plus output tokens of one call. null: no limit."""


class McpServer(Contract):
    """An MCP server (streamable HTTP) whose tools the model may use."""

    url: str
    """The server's address (http or https). A private address must be named in `PODIUM_ALLOWED_PRIVATE_ADDRESSES`."""
    headers: Headers = Field(default_factory=dict)
    """Headers sent with every request to the server, such as `Authorization`."""


class ModelRunner(Contract):
    """Calls a language model through pydantic-ai, with optional MCP tools.

    The run's input is the user prompt: text as it is, anything else as JSON. The output is text, or an object if
    the agent's `outputSchema` has the type `object`. Cost comes from token usage and the public price list; the cost
    of a model that the list does not know is unknown.
    """

    type: Literal["model"] = "model"
    """Always `model`."""
    model: str = Field(pattern=MODEL_PATTERN, examples=["openai:gpt-5-mini"])
    """The model as `provider:name`. The provider must be one that pydantic-ai supports."""
    instructions: str = ""
    """System instructions."""
    base_url: str | None = None
    """Another endpoint with the provider's protocol. The provider's own key is never sent to it."""
    api_key: Secret | None = None
    """The API key, stored encrypted, or `env:NAME` to read it from the worker's environment.

    null: the provider's usual variable (such as `OPENAI_API_KEY`), or no key if `baseUrl` is set.
    """
    mcp: tuple[McpServer, ...] = ()
    """MCP servers whose tools the model may use."""
    limits: ModelUsageLimits = ModelUsageLimits(requests=20, total_tokens=None)
    """Limits of one call."""
    max_tokens: int | None = Field(None, ge=1)
    """Maximum output tokens of one request. null: the provider's default."""
    temperature: float | None = Field(None, ge=0, le=2)
    """Sampling temperature. null: the provider's default."""


class HttpRunner(Contract):
    """POSTs the run to your own endpoint, which answers at once, or accepts with 202 and calls back later.

    Headers, body and answer are described in `docs/reference/http-agents.md`.
    """

    type: Literal["http"] = "http"
    """Always `http`."""
    url: str
    """The endpoint (http or https). A private address must be named in `PODIUM_ALLOWED_PRIVATE_ADDRESSES`."""
    headers: Headers = Field(default_factory=dict)
    """Headers added to the request. Podium's own headers take precedence."""
    signing_secret: Secret | None = None
    """Signs each request by Standard Webhooks: `whsec_<base64>` or any text, or `env:NAME`. null: not signed."""
    cost_usd: CallCost | None = None
    """Cost of one call in US dollars if the answer has no `costUsd`. null: unknown."""


class PythonRunner(Contract):
    """Calls a Python function in the worker's process. See `docs/reference/python-agents.md`."""

    type: Literal["python"] = "python"
    """Always `python`."""
    function: str = Field(pattern=FUNCTION_PATTERN, examples=["runtime.builtin_agents:word_count"])
    """The function as `module:function`. The module must be allowed by `PODIUM_PYTHON_AGENT_MODULES`."""
    cost_usd: CallCost | None = None
    """Cost of one call in US dollars. null: unknown."""


class SimulatedRunner(Contract):
    """A simulated agent for demos and load tests. Its runs are marked as simulated wherever they are shown.

    Success is drawn once per run from `seed` and the run's id, so a retry has the same outcome.
    """

    type: Literal["simulated"] = "simulated"
    """Always `simulated`."""
    success_rate: float = Field(1.0, ge=0, le=1)
    """Probability of success, from 0 to 1."""
    duration_ms: int = Field(50, ge=0, le=3_600_000)
    """How long each call takes, in milliseconds."""
    cost_usd: CallCost | None = None
    """Cost of one call in US dollars, successful or not. null: unknown."""
    tokens: int = Field(0, ge=0, le=1_000_000_000)
    """Tokens of one call: 80 % are counted as input, 20 % as output."""
    seed: int = 0
    """Seed of the random draw."""
    error: str = "the simulated agent failed"
    """Error message of a failed call."""
    output: JsonValue = None
    """Output of a successful call. null: a short generated text."""


Runner = Annotated[ModelRunner | HttpRunner | PythonRunner | SimulatedRunner, Field(discriminator="type")]
