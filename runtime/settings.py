"""All settings, read once from the environment (`PODIUM_*`).

A blank value counts as unset; an invalid one stops the start with the variable's name. The variables of Temporal
(`TEMPORAL_*`) and OpenTelemetry (`OTEL_*`) are read by their libraries.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from models.errors import Invalid
from runtime.settings_types import (
    WEBHOOK_SCHEMES,
    EncryptionKeys,
    HostOrNetwork,
    KeepDays,
    ModuleName,
    NoticeUrl,
    PostgresUrl,
    QueueName,
    TraceUrl,
    WebUrl,
    split_commas,
    split_urls,
)

MIN_ADMIN_KEY = 12
Port = Annotated[int, Field(ge=1, le=65535)]
CommaList = (NoDecode, BeforeValidator(split_commas))


class Settings(BaseSettings):
    """The operator's settings. Secrets are not in `repr`."""

    model_config = SettingsConfigDict(
        env_prefix="PODIUM_",
        frozen=True,
        extra="ignore",
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
    )

    home: Path = Path(".podium")
    """Data directory of the embedded servers and of generated secrets."""
    host: str = "127.0.0.1"
    """Address on which the API listens. `0.0.0.0` listens on all."""
    port: Port = 8080
    """Port on which the API listens."""
    public_url: WebUrl | None = None
    """Address at which browsers and agents reach the API, such as `https://podium.example.com`.

    It is used in sign-in links and callback URLs, and decides whether session cookies are `Secure`. Unset: this
    machine, at `PODIUM_PORT`.
    """

    url: WebUrl | None = None
    """Address of the API for the `podium` command. Unset: this machine, at `PODIUM_PORT`."""
    api_key: SecretStr | None = None
    """API key that the `podium` command sends. Unset: the administrator's."""

    database_url: PostgresUrl | None = Field(default=None, repr=False)
    """PostgreSQL to use, such as `postgresql://user:password@host:5432/podium`. Unset: the embedded server."""
    database_pool_size: int = Field(default=10, ge=1, le=200)
    """Database connections that each process keeps open; under load it opens up to as many again. The API uses one more
    to listen for changes. All processes together must stay below PostgreSQL's `max_connections`: with the default, each
    API takes up to 21 and each worker up to 20. A request that gets no connection is answered with 503."""
    temporal_port: Port = 7233
    """Port of the embedded Temporal server."""
    temporal_ui_port: Port = 8233
    """Port of the embedded Temporal server's UI."""
    temporal_ui_url: WebUrl | None = None
    """Address at which browsers find Temporal's UI; links to runs point there. Unset: the embedded server's."""
    trace_url: TraceUrl | None = None
    """Address of a run in your trace viewer, such as
    `https://jaeger.example.com/search?service=podium-worker&tags=%7B%22temporalWorkflowID%22%3A%22{workflow_id}%22%7D`.
    Placeholders: `{trace_id}` (runs that were not traced have no link then), `{run_id}`, `{root_run_id}`,
    `{workflow_id}`, `{temporal_run_id}` (spans have the last two as `temporalWorkflowID` and `temporalRunID`), and
    `{from_ms}` and `{to_ms}`, the time of the run. Unset: runs have no such link."""

    admin_key: Annotated[SecretStr, Field(min_length=MIN_ADMIN_KEY)] | None = None
    """API key of the administrator, at least 12 characters; it replaces the one before. Unset: that of the
    installation, and for a new installation one that is generated and kept in `PODIUM_HOME/admin-key`."""
    secret_key: EncryptionKeys | None = None
    """Keys that encrypt secrets at rest and sign links, newest first, separated by commas; at least 16 characters.
    Unset: generated, and kept in `PODIUM_HOME/secret-key`."""
    secret_variables: Annotated[tuple[str, ...], *CommaList] = ()
    """Environment variables that secrets may refer to as `env:NAME`, separated by commas, in addition to those that
    begin with `PODIUM_SECRET_`."""
    payload_key: EncryptionKeys | None = None
    """Keys that encrypt payloads inside Temporal, newest first, separated by commas. Unset: not encrypted. Once a
    process has started with a key, one without it refuses to start."""
    slack_signing_secrets: Annotated[tuple[SecretStr, ...], *CommaList] = ()
    """Signing secrets of Slack apps, separated by commas; for Slack automations without a secret."""

    trusted_hosts: Annotated[tuple[HostOrNetwork, ...], *CommaList] = ()
    """Host names that the API answers to, separated by commas, in addition to this machine's own (`localhost`,
    `127.0.0.1`) and that of `PODIUM_PUBLIC_URL`. Unset: only those if `PODIUM_HOST` is this machine, else every
    name."""
    max_event_streams: int = Field(default=100, ge=1)
    """Maximum open event streams per API key and per address, for each API process."""
    max_payload_bytes: int = Field(default=1024 * 1024, ge=1024)
    """Largest body of a request, in bytes."""
    allowed_private_addresses: Annotated[tuple[HostOrNetwork, ...], *CommaList] = ()
    """Private hosts, addresses and networks (`10.0.0.0/8`) that agents and HTTP steps may call, separated by commas."""
    python_agent_modules: Annotated[tuple[ModuleName, ...], *CommaList] = ()
    """Modules whose functions may be Python agents, separated by commas; a package includes all its modules."""
    python_agent_path: Annotated[tuple[Path, ...], *CommaList] = ()
    """Directories with such modules, separated by commas, in addition to installed packages."""
    worker_queues: Annotated[tuple[QueueName, ...], *CommaList] = ()
    """Task queues that a worker serves, separated by commas: `workflows` (progress and rows of runs), `control`
    (schedule sync and sweep) and one per kind of outside work: `models`, `http`, `python`, `simulated`. Every queue
    needs a worker. `podium worker --queues` overrides it. Unset: all."""
    slots_workflows: int = Field(default=100, ge=1, le=1000)
    """Maximum concurrent workflow tasks and writes of run rows per worker."""
    slots_control: int = Field(default=20, ge=1, le=1000)
    """Maximum concurrent schedule syncs and parts of the sweep per worker."""
    slots_models: int = Field(default=100, ge=1, le=1000)
    """Maximum concurrent calls of model agents per worker."""
    slots_http: int = Field(default=200, ge=1, le=1000)
    """Maximum concurrent calls of HTTP agents and HTTP steps per worker; calls accepted with 202 do not count."""
    slots_python: int = Field(default=10, ge=1, le=200)
    """Maximum concurrent calls of Python agents per worker, each in its own process."""
    slots_simulated: int = Field(default=1000, ge=1, le=10_000)
    """Maximum concurrent calls of simulated agents per worker."""
    sweep_seconds: float = Field(default=30.0, gt=0)
    """Seconds between two passes of the sweep, which starts queued runs, closes lost ones and records missed ones.
    Every second pass compares all Temporal schedules with their automations and repairs them."""
    keep_runs_days: KeepDays = 365
    """Days for which closed runs are kept, with everything below them, at least 7; 0 keeps them for ever. The newest
    200 runs of an automation are kept whatever their age, and statistics still count deleted runs."""
    keep_deliveries_days: KeepDays = 90
    """Days for which payloads, bodies and headers of deliveries are kept, at least 7; 0 keeps them for ever. A delivery
    that started runs stays, without its content, as long as they do, and so does its idempotency key."""
    keep_audit_days: KeepDays = 0
    """Days for which entries of the audit log are kept, at least 7; 0 keeps them for ever."""

    notice_urls: Annotated[tuple[NoticeUrl, ...], NoDecode, BeforeValidator(split_urls)] = ()
    """Where notices are sent, in addition to the page: addresses separated by commas or blanks. `https://` is a webhook
    that is signed with `PODIUM_NOTICE_SECRET`; other addresses are services of Apprise (`slack://`, `mailto://`,
    `ntfy://`, ...). They are secrets, and shown nowhere. Private addresses have to be allowed by
    `PODIUM_ALLOWED_PRIVATE_ADDRESSES`."""
    notice_secret: SecretStr | None = Field(default=None, validate_default=True)
    """Secret with which webhooks of notices are signed (Standard Webhooks): `whsec_<base64>`, or any text. Required if
    `PODIUM_NOTICE_URLS` contains a webhook."""
    notices_per_hour: int = Field(default=20, ge=1, le=10_000)
    """Most messages that a channel of `PODIUM_NOTICE_URLS` gets within an hour. What comes on top is sent together in
    one message as soon as there is room; the page shows all of it at once."""
    health_brake_percent: int = Field(default=30, ge=1, le=100)
    """Largest share, in percent, of the automations with a health policy that may be disabled by it within an hour. If
    more fail at once, and at least five, no further one is disabled, and a notice says so: the cause is rather a
    provider or the network. 100: there is no limit."""

    spread_minutes: int = Field(default=0, ge=0, le=720)
    """By how many minutes, either way, a plan may move schedules that have no `spreadMinutes` of their own, unless the
    plan says otherwise. What a declaration owns moves only by what the declaration allows."""

    log_format: Literal["console", "json"] = "console"
    """`json` writes one JSON object per line."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Minimum level of log lines."""
    metrics_address: str | None = Field(default=None, pattern=r"^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$")
    """Where the worker serves the Temporal SDK's metrics for Prometheus, as `host:port`. Unset: not served."""

    @field_validator("notice_secret")
    @classmethod
    def _webhooks_are_signed(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        urls = info.data.get("notice_urls", ())
        if value is None and any(url.get_secret_value().startswith(WEBHOOK_SCHEMES) for url in urls):
            raise ValueError("is required, because PODIUM_NOTICE_URLS contains a webhook")
        return value

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
