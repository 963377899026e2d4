"""Settings of every process, from `WAYWARDEN_…` variables, a `.env` file or flags.

Invariant: read once at start, frozen after; a wrong value stops the process with the variable's name.
May import: pydantic.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """All settings. Seconds, bytes and counts are said in the name or the help."""

    model_config = SettingsConfigDict(env_prefix="WAYWARDEN_", env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field(
        "postgresql://postgres@127.0.0.1:5432/waywarden",
        pattern="^postgres(ql)?://",
        description="PostgreSQL address: postgresql://user:password@host/database",
    )
    database_pool: int = Field(8, ge=2, le=200, description="connections a process may hold")
    kafka: str = Field("127.0.0.1:9092", min_length=1, description="bootstrap servers, comma separated")
    partitions: int = Field(8, ge=1, le=1024, description="partitions of parcel-events; set once")
    replication: int = Field(1, ge=1, description="replicas of parcel-events when it is created")
    log_id: str = Field("", description="names this incarnation of the log; a new value starts every partition at 0")
    group: str = Field("waywarden", description="consumer group of the workers")
    instance: str = Field("", description="this worker's lasting name in the group (static membership); empty for none")
    stuck_s: float = Field(60, gt=0, description="events waiting without progress this long end the worker")
    rebalance_timeout_s: float = Field(60, gt=0, description="Kafka rebalance timeout; 3 on the embedded broker")
    session_timeout_s: float = Field(15, gt=0, description="Kafka session timeout")

    bind: str = Field("127.0.0.1", description="address to listen on")
    http_port: int = Field(8080, ge=0, le=65_535, description="API, board and consumer pages")
    live_port: int = Field(8081, ge=0, le=65_535, description="websockets")
    metrics_port: int = Field(
        0, ge=0, le=65_535, description="metrics and health of this process; 0 takes the process's usual one"
    )
    public_url: str = Field("http://127.0.0.1:8080", description="where people reach the API and pages")
    live_url: str = Field("ws://127.0.0.1:8081", description="where browsers reach the websockets")
    live_origins: str = Field("", description="more origins whose pages may open the live board, comma separated")
    live_clients: int = Field(10_000, ge=1, description="websockets a live process accepts; more are refused with 503")
    feed_retention_h: int = Field(24, ge=1, description="hours the feed is kept for clients that come back")
    trusted_proxies: int = Field(0, ge=0, description="proxies in front whose X-Forwarded-For is believed")
    secure_cookies: bool = Field(False, description="send cookies over https only; turn on behind TLS")

    keys: SecretStr = Field(
        SecretStr(""), description="sealing keys, newest first: id:base64(32 bytes), comma separated"
    )
    link_key: SecretStr = Field(SecretStr(""), description="base64(32 bytes); makes consumers' links")

    smtp_url: SecretStr = Field(SecretStr("smtp://127.0.0.1:1025"), description="smtp[s]://[user:pass@]host:port")
    mail_from: str = Field("Waywarden <no-reply@waywarden.example>", description="sender of messages")
    quiet_hours: bool = Field(True, description="hold messages that can wait until the consumer's morning")
    webhook_private: bool = Field(False, description="webhooks may go to private addresses and plain http")

    pull_kuaidi100_customer: str = Field("", description="Kuaidi100 account whose queries `waywarden pull` uses")
    pull_kuaidi100_key: SecretStr = Field(SecretStr(""), description="its key")
    pull_17track_key: SecretStr = Field(SecretStr(""), description="17TRACK API key, for asking")
    pull_ups_id: str = Field("", description="UPS client id, for asking")
    pull_ups_secret: SecretStr = Field(SecretStr(""), description="its client secret")
    pull_fedex_id: str = Field("", description="FedEx API key, for asking")
    pull_fedex_secret: SecretStr = Field(SecretStr(""), description="its secret key")
    pull_kuaidi100_url: str = Field("", description="another address of Kuaidi100's API (tests, sandbox)")
    pull_17track_url: str = Field("", description="another address of 17TRACK's API")
    pull_ups_url: str = Field("", description="another address of UPS's API, such as its sandbox")
    pull_fedex_url: str = Field("", description="another address of FedEx's API, such as its sandbox")
    pull_intake_url: str = Field("", description="our own api, where answers go in; empty: this machine's http_port")

    board_dir: Path | None = Field(None, description="the built board; without it web/dist of the checkout")
    policy_file: Path | None = Field(None, description="policy TOML laid over policy/default.toml")
    csv_mappings: Path | None = Field(
        None, description="folder of CSV mapping files; x.toml is read at /v1/intake/csv-x"
    )
    cache_parcels: int = Field(100_000, ge=100, description="parcel states a worker keeps in memory")
    embedded: bool = Field(False, description="broker is the embedded, memory-only one")
    data_dir: Path = Field(Path(".waywarden"), description="where `waywarden up` and `demo` keep their data")
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def pulls(self) -> bool:
        """Whether there is any account by which carriers are asked."""
        secrets = (self.pull_kuaidi100_key, self.pull_17track_key, self.pull_ups_secret, self.pull_fedex_secret)
        return any(secret.get_secret_value() for secret in secrets)
