"""Which runners are allowed; the API checks at save what the worker checks at the call."""

from models.contracts.primitives.specs import ModelRunner, PythonRunner, Runner
from models.errors import Invalid

BUILTIN_MODULE = "runtime.builtin_agents"

# pydantic-ai's names of model providers. A test compares them with the library, which the API does not import
# because that takes too long.
# fmt: off
MODEL_PROVIDERS = frozenset({
    "alibaba", "anthropic", "azure", "azure-responses", "bedrock", "bedrock-mantle", "cerebras", "cohere", "crusoe",
    "deepseek", "fireworks", "github", "github-copilot", "google", "google-cloud", "google-decisions", "groq",
    "heroku", "huggingface", "litellm", "meta", "mistral", "moonshotai", "nebius", "ollama", "openai",
    "openai-chat", "openai-chatgpt", "openai-codex", "openai-decisions", "openai-responses", "openrouter",
    "ovhcloud", "sambanova", "snowflake", "system-one", "together", "typesafe", "vercel", "vllm", "xai", "zai",
})
# fmt: on


def is_allowed(module: str, allowed: tuple[str, ...]) -> bool:
    """Return whether a module, or a package that contains it, is allowed; the built-in examples always are."""
    return any(module == entry or module.startswith(f"{entry}.") for entry in (*allowed, BUILTIN_MODULE))


def check_runner(runner: Runner, allowed_modules: tuple[str, ...], *, field: str) -> None:
    """Raise `Invalid` for a module that is not allowed or a provider that does not exist."""
    match runner:
        case PythonRunner(function=function) if not is_allowed(module := function.partition(":")[0], allowed_modules):
            raise Invalid(
                f"the module {module} is not allowed",
                field=f"{field}.function",
                hint="Name it in PODIUM_PYTHON_AGENT_MODULES.",
            )
        case ModelRunner(model=model) if (provider := model.partition(":")[0]) not in MODEL_PROVIDERS:
            raise Invalid(
                f"there is no model provider {provider!r}",
                field=f"{field}.model",
                hint="Write provider:model, for example openai:gpt-5-mini.",
            )
