"""A small real world for tests: Postgres, Valkey, the sandbox Postmark over HTTP, and our parts by hand."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import requests
import uvicorn
from fastapi import FastAPI

from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.embedded.valkey import Valkey
from harrystix.adapters.follower.runner import Follower
from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.postmark.templates import in_postmarks_words
from harrystix.adapters.push.keys import make as make_push_key
from harrystix.adapters.sandbox.postmark_server import create
from harrystix.adapters.sandbox.stripe.server import create as create_stripe
from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.keyring import Keyring
from harrystix.adapters.verify.run import Result, verify
from harrystix.adapters.web.app import create_app
from harrystix.adapters.web.roles import SCOPES
from harrystix.application.handlers import events, imports, uploads
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.inbox import process
from harrystix.application.processes.looking import end_payments
from harrystix.application.processes.mailing import send_due
from harrystix.bootstrap import System, build
from harrystix.domain.pool_indexes import Indexes
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.upload import Upload
from harrystix.settings import Settings

STRIPE_KEY = "sk_test_sandbox"
TOKEN, HOOK_PASSWORD, STRIPE_SECRET = "sandbox-token", "hook-password", "whsec_test"


class Recorded:
    """A nudge that is only written down: tests run the work themselves, in the order they choose."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, kind: str, subject: str) -> None:
        self.sent.append((kind, subject))


@dataclass
class World:
    system: System
    sandbox: str
    folder: Path
    stripe_url: str
    stripe: Any
    web: str = ""
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    # The follower's, kept as that keeps its own.
    reader: psycopg.Connection[tuple[Any, ...]] | None = None

    @property
    def context(self) -> Any:
        return self.system.context

    def event(self, name: str = "Neon Night", variants: tuple[str, ...] = (), **more: Any) -> TicketedEvent:
        new = events.NewEvent(
            name,
            name.split(maxsplit=1)[0].upper(),
            datetime.now(UTC) + timedelta(days=5),
            price_minor=1200,
            variants=[events.NewVariant(variant) for variant in variants],
            **more,
        )
        return events.announce(self.context, self.context.by("staff:test"), new)

    def paid(
        self, event: TicketedEvent, count: int, variant: str = "", prefix: str = "m"
    ) -> imports.ImportReport:
        lines = ["Event,Variant,Member,Email,Paid at,Payment intent"]
        for number in range(count):
            at = f"2026-11-17T19:{number // 60 % 60:02}:{number % 60:02}Z"
            lines.append(
                f"{event.code},{variant},M {number},{prefix}{number}@uni.example,{at},pi_{prefix}{number}"
            )
        return imports.import_orders(self.context, self.context.by("staff:test"), "\n".join(lines).encode())

    def file(self, event: TicketedEvent, count: int, variant: str = "", start: int = 0) -> bytes:
        lines = ["Event,Variant,Email,Password"]
        lines += [f"{event.name},{variant},t{n}@tickets.example,pw-{n}" for n in range(start, start + count)]
        return "\n".join(lines).encode()

    def received(self, content: bytes, name: str = "tickets.csv") -> Upload:
        return uploads.receive(self.context, self.context.by("staff:test"), content, name)

    def committed(self, content: bytes) -> Upload:
        return uploads.commit(self.context, self.context.by("staff:test"), str(self.received(content).id))

    def follow(self) -> None:
        url = self.system.settings.database_url
        if self.reader is None or self.reader.closed:
            self.reader = psycopg.connect(url, autocommit=True)
        Follower(url, self.system.store, self.context.nudge).catch_up(self.reader)

    def settle_until_mail(self) -> None:
        """Queued and matched; mails are due but not sent."""
        self.follow()
        due = "SELECT DISTINCT event_id FROM reporting.due_work WHERE kind IN ('order', 'match')"
        for (event_id,) in self.system.database.all(due):
            allocate(self.context, event_id)
        self.follow()

    def settle(self) -> None:
        """Everything that is due is done: queue, match, mail, inbox, read models."""
        for _ in range(4):
            self.follow()
            kinds = (
                "SELECT DISTINCT event_id FROM reporting.due_work WHERE kind IN ('order', 'match', 'rules')"
            )
            for (event_id,) in self.system.database.all(kinds):
                allocate(self.context, event_id)
            self.follow()
            send_due(self.context)
            process(self.context)
            end_payments(self.context)
        self.follow()

    def verify(self, *, at_rest: bool = True, payments: bool = True) -> list[Result]:
        return verify(
            self.system.store,
            self.system.database,
            at_rest=at_rest,
            payments=self.context.payments if payments else None,
        )

    def broken(self) -> list[str]:
        return [line for result in self.verify() for line in result.broken]

    def mails(self) -> list[dict[str, Any]]:
        answer = requests.get(
            f"{self.sandbox}messages/outbound",
            params={"count": "500"},
            headers={"X-Postmark-Server-Token": TOKEN},
            timeout=10,
        )
        return answer.json()["Messages"]

    def charged(self, order_id: str, amount: int = 1200, alias: str = "visa") -> str:
        """A payment that succeeded at Stripe for this pre-order, whatever we know of it."""
        words = {
            "amount": str(amount),
            "currency": "gbp",
            "payment_method": f"pm_card_{alias}",
            "metadata[pre_order_id]": order_id,
            "confirm": "true",
        }
        return str(self.at_stripe("POST", "payment_intents", **words)["id"])

    def at_stripe(self, method: str, path: str, **words: str) -> dict[str, Any]:
        """Somebody acts at Stripe itself."""
        auth = {"Authorization": f"Bearer {STRIPE_KEY}"}
        answer = requests.request(
            method,
            f"{self.stripe_url}/v1/{path}",
            headers=auth,
            timeout=10,
            data=words if method == "POST" else None,
            params=None if method == "POST" else words,
        )
        return answer.json()

    def stripe_fault(self, **faults: Any) -> None:
        requests.put(f"{self.stripe_url}/sandbox/faults", json=faults, timeout=10).raise_for_status()

    def fault(self, **faults: Any) -> None:
        requests.put(f"{self.sandbox}sandbox/faults", json=faults, timeout=10).raise_for_status()

    def key(self, role: str, member_id: str | None = None, events: list[str] | None = None) -> str:
        """A partner's may do all that a partner's key can be for."""
        scopes = list(SCOPES) if role == "partner" else []
        return ApiKeys(self.system.database).create(role, "test", member_id, scopes=scopes, events=events)

    def call(self, method: str, path: str, key: str, **more: Any) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": str(uuid4()),
            **more.pop("headers", {}),
        }
        return requests.request(method, f"{self.web}{path}", headers=headers, timeout=20, **more)


@contextmanager
def served(app: FastAPI) -> Generator[str]:
    """The app on a real socket, in a thread."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_config=None, access_log=False, proxy_headers=False, timeout_graceful_shutdown=1
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        # It ends by itself within a tenth of a second; a thousand tests need not wait for that.
        server.should_exit = True


@dataclass
class Servers:
    postgres: Postgres
    valkey: Valkey

    @contextmanager
    def empty_database(self) -> Generator[str]:
        name = f"t{uuid4().hex[:12]}"
        self._run(f"CREATE DATABASE {name}")
        yield self.postgres.url.rsplit("/", 1)[0] + f"/{name}"
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def fresh_database(self) -> Generator[str]:
        """A copy of the migrated template, for one test."""
        name = f"t{uuid4().hex[:12]}"
        self._run(f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY file_copy")
        yield self.postgres.url.rsplit("/", 1)[0] + f"/{name}"
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _pools_keep_what_they_derive(here: World) -> None:
    """Whatever a test has done: what is kept in memory is what the log gives, and agrees with itself."""
    for (event_id,) in here.system.database.all("SELECT id::text FROM reporting.events"):
        kept = here.system.store.pool(event_id)
        if kept is not None:
            assert kept.indexes.told() == Indexes.of(kept.tickets, kept.orders, kept.ticket_of).told()
            fresh = TicketPool.Snapshot.take(here.system.store.repository.get(kept.id))
            assert fresh.state == TicketPool.Snapshot.take(kept).state


@contextmanager
def world(servers: Servers, folder: Path, *, web: bool = False, **settings: Any) -> Generator[World]:
    Keyring.create(folder / "keys.json")
    make_push_key(folder / "push.pem")
    stripe = create_stripe(folder / "stripe", STRIPE_KEY)
    given = settings.pop("database_url", "")
    with (
        nullcontext(given) if given else servers.fresh_database() as database,
        served(create(folder / "sandbox", TOKEN, templates=in_postmarks_words())) as sandbox,
        served(stripe) as stripe_url,
    ):
        chosen = Settings(
            DATABASE_URL=database,  # pyright: ignore[reportCallIssue]
            REDIS_URL=servers.valkey.url,  # pyright: ignore[reportCallIssue]
            **{
                "data_dir": folder,
                "postmark_url": sandbox,
                "postmark_token": TOKEN,
                "postmark_account_token": TOKEN,
                "postmark_webhook_password": HOOK_PASSWORD,
                "stripe_webhook_secrets": STRIPE_SECRET,
                "stripe_key": STRIPE_KEY,
                "stripe_url": stripe_url,
                "stripe_timeout": 2.0,
                "capture_rate": 0,
                "postmark_timeout": 10.0,
                **settings,
            },
        )
        system = build(chosen)
        object.__setattr__(system.context, "nudge", Recorded())
        # One server for all tests: a pause of payments that one of them caused is not the next one's.
        system.broker.client.flushdb()  # pyright: ignore
        made = World(system, sandbox, folder, stripe_url.rstrip("/"), stripe.state.stripe)
        try:
            if web:
                app = create_app(chosen, system.context, system.database, LiveKeys(chosen.keys_path))
                with served(app) as url:
                    made.web = url.rstrip("/")
                    yield made
            else:
                yield made
            _pools_keep_what_they_derive(made)
        finally:
            if made.reader:
                made.reader.close()
            system.close()
