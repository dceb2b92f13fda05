"""Settings, all from the environment. `harrystix up` fills in what its embedded parts need."""

from datetime import time
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HARRYSTIX_", env_file=".env", extra="ignore")

    database_url: str = Field(
        "", validation_alias="DATABASE_URL", description="Postgres 15 or newer; empty: `up` starts its own."
    )
    redis_url: str = Field(
        "", validation_alias="REDIS_URL", description="Redis or Valkey; empty: `up` starts its own."
    )
    data_dir: Path = Field(Path("data"), description="Where `up` keeps servers, keys and logs.")
    keys_file: Path | None = Field(None, description="Master and index keys; default: keys.json in data_dir.")
    keys: SecretStr = Field(
        SecretStr(""),
        description="The content of that file instead, from a secret store; then nothing rotates it.",
    )
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8080, description="Port that the web server listens on.")
    trusted_proxies: int = Field(
        0, ge=0, description="How many proxies of yours stand before web; only what they add is believed."
    )
    request_seconds: float = Field(30.0, gt=0, description="How long a request's body may take to arrive.")
    base_url: str = Field("", description="Address that people and providers use; default: host and port.")
    webs: int = Field(
        1, ge=1, description="Web processes that `up` starts, on one socket; more on more cores."
    )
    listen_fd: int = Field(-1, description="A socket that whoever started web listens on already; -1: none.")
    workers: int = Field(2, description="Worker processes that `up` starts.")
    worker_threads: int = Field(3, description="Threads in one worker process.")
    allocation_lock: bool = Field(
        True, description="Use the Redis lock; off: the pool's version alone decides."
    )
    lock_seconds: float = Field(30.0, description="Seconds until the lock of a worker that is gone is free.")
    postmark_token: SecretStr = Field(SecretStr(""), description="Postmark server token.")
    postmark_account_token: SecretStr = Field(
        SecretStr(""), description="Postmark account token: to have it forget the address of who is erased."
    )
    postmark_url: str = Field("https://api.postmarkapp.com", description="Postmark, or the sandbox.")
    postmark_from: str = Field("tickets@harrystix.example", description="Sender address of ticket mails.")
    postmark_template: str = Field("ticket", description="Alias of the Postmark template for ticket mails.")
    postmark_webhook_user: str = Field("postmark", description="Basic auth name that Postmark sends.")
    postmark_webhook_password: SecretStr = Field(SecretStr(""), description="Basic auth password it sends.")
    track_opens: bool = Field(
        False, description="Postmark tells when a ticket's mail is first opened. Ask your members before."
    )
    postmark_timeout: float = Field(12.0, description="Seconds until a call to Postmark counts as unknown.")
    mail_lease: float = Field(25.0, description="Seconds until another worker takes over a mail batch.")
    push_key: SecretStr = Field(
        SecretStr(""),
        description="PEM of the key by which browsers know us; empty: push.pem in data_dir, if it is there.",
    )
    push_contact: str = Field("", description="mailto: or https: address for push services; default: sender.")
    push_hosts: str = Field(
        "fcm.googleapis.com,updates.push.services.mozilla.com,.push.services.mozilla.com,"
        "web.push.apple.com,.push.apple.com,.notify.windows.com",
        description="Push services that are known, comma separated; a dot in front: everything below.",
    )
    stripe_key: SecretStr = Field(
        SecretStr(""), description="Stripe's secret key; empty: nothing is captured."
    )
    stripe_url: str = Field("", description="Stripe's API, or the sandbox's; empty: Stripe's own.")
    stripe_timeout: float = Field(15.0, description="Seconds until a call to Stripe counts as unknown.")
    payment_lease: float = Field(60.0, description="Seconds until another worker takes over payments.")
    capture_rate: float = Field(20.0, description="Calls a second of each kind to Stripe; 0: no limit.")
    capture_rest: float = Field(30.0, description="Seconds without calls to Stripe once most of them fail.")
    oidc_issuer: str = Field("", description="Identity provider for staff, as it spells itself; empty: none.")
    oidc_client_id: str = Field("", description="What it calls us.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="What it gave us.")
    schedule_weekday: int = Field(1, ge=0, le=6, description="Day of the weekly capture; Monday is 0.")
    schedule_time: time = Field(time(19, 0), description="Time of the weekly capture, by the wall clock.")
    schedule_zone: str = Field("Europe/London", description="Where that wall clock hangs.")
    refund_alone: int = Field(
        10_000, ge=0, description="Minor units that one person may give back alone; more needs a second one."
    )
    resend_alone: int = Field(50, ge=0, description="Mails that one person may send again alone.")
    refund_after_hours: float = Field(
        24.0, description="Hours after an event's start until the unserved are refunded by rule."
    )
    give_back: bool = Field(
        True,
        description="Members who paid and still wait may give their place back, and get all of their money.",
    )
    refund_notice_minutes: float = Field(60.0, description="Minutes between that rule's dry run and its act.")
    reconcile_minutes: float = Field(15.0, description="How often our books are compared with Stripe's.")
    stripe_webhook_secrets: SecretStr = Field(
        SecretStr(""), description="Signing secrets of the Stripe webhook, comma separated while rolling."
    )
    stripe_livemode: bool = Field(False, description="Which mode the Stripe webhook must come from.")
    sandbox_port: int = Field(0, description="Port of the sandbox Postmark; 0: any free one.")
    sandbox_stripe_port: int = Field(0, description="Port of the sandbox Stripe; 0: any free one.")
    sandbox_stripe_limit: int = Field(100, description="Requests a second that it takes; 0: any number.")
    sandbox_webhook_rate: float = Field(50.0, description="Delivery webhooks a second from the sandbox.")
    sandbox_webhook_delay: float = Field(1.0, description="Seconds until the sandbox reports delivery.")
    demo: bool = Field(True, description="Seed demo data at the first start of `up`.")
    chain_file: Path | None = Field(
        None,
        description="Where heads of the hash chain are kept, outside the database; default: data folder.",
    )
    chain_mail: str = Field("", description="Who gets those heads by mail as well; empty: nobody.")
    erasure_ledger: Path | None = Field(
        None,
        description="Who was erased, by random number, outside the database and its backups; default: data folder.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for /metrics; empty: loopback only."
    )
    sweep_seconds: float = Field(15.0, description="How often overdue work is nudged again.")
    crash_at: str = Field("", description="For tests: named points at which a worker dies, each once.")
    log_json: bool = Field(True, description="JSON log lines; false: for people.")

    @property
    def keys_path(self) -> Path:
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def push_path(self) -> Path:
        return self.data_dir / "push.pem"

    @property
    def push_services(self) -> list[str]:
        return [host.strip() for host in self.push_hosts.split(",") if host.strip()]

    @property
    def push_pem(self) -> bytes:
        """Empty where members' devices are not told."""
        if given := self.push_key.get_secret_value():
            return given.encode()
        return self.push_path.read_bytes() if self.push_path.exists() else b""

    @property
    def chain_path(self) -> Path:
        return self.chain_file or self.data_dir / "chain-heads.jsonl"

    @property
    def ledger_path(self) -> Path:
        return self.erasure_ledger or self.data_dir / "erasures.jsonl"

    @property
    def address(self) -> str:
        # Browsers bind passkeys to names and never to numbers.
        host = "localhost" if self.host == "127.0.0.1" else self.host
        return self.base_url or f"http://{host}:{self.port}"

    @property
    def stripe_secrets(self) -> list[str]:
        return [secret for secret in self.stripe_webhook_secrets.get_secret_value().split(",") if secret]
