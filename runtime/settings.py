"""All settings, read once from the environment (`PODIUM_*`).

A blank value counts as unset; an invalid one stops the start with the variable's name. The variables of Temporal
(`TEMPORAL_*`) and OpenTelemetry (`OTEL_*`) are read by their libraries.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.errors import Invalid
from runtime.settings_types import (
    EncryptionKeys,
    HostOrNetwork,
    ModuleName,
    PostgresUrl,
    WebUrl,
    split_commas,
)

Port = Annotated[int, Field(ge=1, le=65535)]
CommaList = (NoDecode, BeforeValidator(split_commas))


class Settings(BaseSettings):
    """The operator's settings. Secrets are not in `repr`."""

    model_config = SettingsConfigDict(env_prefix="PODIUM_", frozen=True, extra="ignore", str_strip_whitespace=True)

    home: Path = Path(".podium")
    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: WebUrl | None = None

    url: WebUrl | None = None
    """Address of the API for the `podium` command; unset means this machine and `port`."""
    api_key: SecretStr | None = None
    """API key of the `podium` command; unset means the administrator's."""

    database_url: PostgresUrl | None = Field(default=None, repr=False)
    database_pool_size: int = Field(default=10, ge=1, le=200)
    temporal_port: Port = 7233
    temporal_ui_port: Port = 8233
    temporal_ui_url: WebUrl | None = None

    admin_key: SecretStr | None = None
    secret_key: EncryptionKeys | None = None
    """Keys for secrets at rest, newest first, separated by commas; generated once and kept in `home` when unset."""
    payload_key: EncryptionKeys | None = None
    """Keys for payloads in Temporal, newest first, separated by commas; unset means not encrypted."""
    slack_signing_secrets: Annotated[tuple[SecretStr, ...], *CommaList] = ()

    max_payload_bytes: int = Field(default=1024 * 1024, ge=1024)
    allowed_private_addresses: Annotated[tuple[HostOrNetwork, ...], *CommaList] = ()
    python_agent_modules: Annotated[tuple[ModuleName, ...], *CommaList] = ()
    python_agent_path: Annotated[tuple[Path, ...], *CommaList] = ()
    """Directories in which a worker looks for those modules, besides the installed packages."""
    sweep_seconds: float = Field(default=30.0, gt=0)

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    metrics_address: str | None = Field(default=None, pattern=r"^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")
    """Address (`host:port`) at which a worker serves the Temporal SDK's metrics to Prometheus; unset means none."""

    @model_validator(mode="before")
    @classmethod
    def _blank_is_unset(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if not (isinstance(value, str) and not value.strip())}

    @property
    def base_url(self) -> str:
        """Public URL of the page and the API, without a trailing slash."""
        return self.public_url or f"http://{browsable(self.host)}:{self.port}"

    @property
    def temporal_ui_base_url(self) -> str:
        """Public URL of Temporal's UI, without a trailing slash."""
        return self.temporal_ui_url or f"http://127.0.0.1:{self.temporal_ui_port}"


def browsable(host: str) -> str:
    """Return the host for links to a server that is bound to `host`."""
    if host in {"0.0.0.0", "::"}:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def read_settings() -> Settings:
    """Read the environment; raise `Invalid` with the first invalid variable and the reason."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        variable = f"PODIUM_{first['loc'][0]}".upper()
        reason = first["msg"].removeprefix("Value error, ")
        raise Invalid(f"{variable}: {reason}", field=variable, hint=f"Correct or unset {variable}.") from None
