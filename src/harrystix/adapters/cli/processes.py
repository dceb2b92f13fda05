"""The parts by themselves: web, worker, follower, scheduler, sandbox, migrate."""

import gc
import signal
import socket
import threading
from collections.abc import Callable

import typer

from harrystix.adapters import logs
from harrystix.adapters.cli.output import clear_errors, fail
from harrystix.settings import Settings

GRACE = 5


def _settle_memory() -> None:
    """What start-up made stays for good, and pools are large and free of cycles: collect rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@clear_errors
def web() -> None:
    """Run the web server."""
    import uvicorn

    from harrystix.adapters.postgres.processes import seen
    from harrystix.adapters.vault.key_file import LiveKeys
    from harrystix.adapters.web.app import create_app
    from harrystix.bootstrap import build

    settings = Settings()  # pyright: ignore[reportCallIssue]
    logs.configure("web", json=settings.log_json)
    system = build(settings, connections=12)
    keys = LiveKeys(settings.keys_path, settings.keys.get_secret_value())
    app = create_app(settings, system.context, system.database, keys)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # It would believe anybody on this machine; `trusted_proxies` says whom to believe.
        proxy_headers=False,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=1024,
        timeout_graceful_shutdown=GRACE,
    )
    shared = [socket.socket(fileno=settings.listen_fd)] if settings.listen_fd >= 0 else None
    with seen(system.database, "web"):
        uvicorn.Server(config).run(sockets=shared)


@clear_errors
def worker() -> None:
    """Run a worker: assignment, mail, inbox."""
    from harrystix.adapters.postgres.processes import seen
    from harrystix.adapters.worker.run import BrokerLost, run
    from harrystix.bootstrap import build

    settings = Settings()  # pyright: ignore[reportCallIssue]
    logs.configure("worker", json=settings.log_json)
    system = build(settings, connections=settings.worker_threads + 2)
    _settle_memory()
    try:
        with seen(system.database, "worker"):
            run(system, _stop_signal())
    except BrokerLost:
        fail("The queue has been away for too long; ending, to start afresh.")
    finally:
        system.close()


@clear_errors
def follower() -> None:
    """Run the follower: read models and due work."""
    import os

    import psycopg
    import structlog

    from harrystix.adapters.follower.models import Outdated
    from harrystix.adapters.follower.runner import Follower
    from harrystix.adapters.follower.tail import Poisoned
    from harrystix.adapters.postgres.processes import seen
    from harrystix.bootstrap import build

    settings = Settings()  # pyright: ignore[reportCallIssue]
    logs.configure("follower", json=settings.log_json)
    system = build(settings, connections=2)
    follower = Follower(settings.database_url, system.store, system.context.nudge)
    follower.stopping = _stop_signal()
    _settle_memory()
    try:
        with seen(system.database, "follower"):
            follower.run()
    except Outdated as outdated:
        structlog.get_logger().critical("follower.outdated", what=str(outdated))
        os._exit(3)
    except Poisoned as poisoned:
        structlog.get_logger().critical("follower.poisoned", what=str(poisoned))
        os._exit(3)
    except (psycopg.Error, Exception) as error:
        structlog.get_logger().error("follower.failed", error=type(error).__name__)
        os._exit(4)
    system.close()


@clear_errors
def scheduler() -> None:
    """Run the scheduler: the sweep, the weekly capture, refunds by rule, reconciliation, retention."""
    from datetime import timedelta

    import structlog

    from harrystix.adapters.chain.anchors import mail_head, write
    from harrystix.adapters.follower.scheduler import Times, run
    from harrystix.adapters.postgres.books import Books
    from harrystix.adapters.postgres.processes import seen
    from harrystix.adapters.postgres.retention import tidy
    from harrystix.adapters.vault.rotation import go_on
    from harrystix.bootstrap import build

    settings = Settings()  # pyright: ignore[reportCallIssue]
    logs.configure("scheduler", json=settings.log_json)
    system = build(settings, connections=2)
    times = Times(
        settings.sweep_seconds,
        timedelta(hours=settings.refund_after_hours),
        timedelta(minutes=settings.refund_notice_minutes),
        timedelta(minutes=settings.reconcile_minutes),
    )

    def anchor() -> None:
        made = write(system.database, settings.chain_path, system.context.clock.now())
        if made and settings.chain_mail:
            mail_head(system.context.mailer, settings.chain_mail, made)

    def rotate() -> None:
        if not settings.keys.get_secret_value() and (aside := go_on(system.database, settings.keys_path)):
            structlog.get_logger().info("keys.rotated", retired=aside.name)

    def tidy_up() -> None:
        tidy(system.database)

    def make_canonical() -> None:
        context = system.context
        for vault in (context.tickets, context.members, context.people.staff):
            vault.make_canonical()

    also = [anchor, rotate, tidy_up, make_canonical]
    with seen(system.database, "scheduler"):
        run(system.context, Books(system.database), _stop_signal(), times, also)
    system.close()


@clear_errors
def sandbox() -> None:
    """Run the sandbox Postmark."""
    import uvicorn

    from harrystix.adapters.postmark.templates import in_postmarks_words
    from harrystix.adapters.sandbox.postmark_server import create

    settings = Settings()  # pyright: ignore[reportCallIssue]
    logs.configure("sandbox", json=settings.log_json)
    app = create(
        settings.data_dir / "sandbox",
        settings.postmark_token.get_secret_value(),
        f"{settings.address}/webhooks/postmark",
        (settings.postmark_webhook_user, settings.postmark_webhook_password.get_secret_value()),
        settings.sandbox_webhook_rate,
        settings.sandbox_webhook_delay,
        in_postmarks_words(),
    )
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=settings.sandbox_port or 8081,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )


@clear_errors
def sandbox_stripe() -> None:
    """Run the sandbox Stripe."""
    import uvicorn

    from harrystix.adapters.sandbox.stripe.server import create
    from harrystix.application.processes.payment_news import SUBSCRIBED

    settings = Settings()  # pyright: ignore[reportCallIssue]
    logs.configure("sandbox-stripe", json=settings.log_json)
    app = create(
        settings.data_dir / "sandbox",
        settings.stripe_key.get_secret_value(),
        f"{settings.address}/webhooks/stripe",
        settings.stripe_secrets[0] if settings.stripe_secrets else "",
        settings.sandbox_stripe_limit,
        SUBSCRIBED,
    )
    _settle_memory()
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=settings.sandbox_stripe_port or 8082,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACE,
    )


@clear_errors
def migrate() -> None:
    """Bring the database up to date."""
    from harrystix.adapters.eventstore.migrate import migrate as bring_up_to_date
    from harrystix.adapters.follower.rebuild import refresh

    settings = Settings()  # pyright: ignore[reportCallIssue]
    if not settings.database_url:
        fail("DATABASE_URL is not set.")
    for name in bring_up_to_date(settings.database_url):
        typer.echo(f"applied {name}")
    for name in refresh(settings.database_url):
        typer.echo(f"built anew: {name}")
    typer.echo("The database is up to date.")


def _stop_signal() -> threading.Event:
    stopping = threading.Event()
    handler: Callable[..., None] = lambda *_: stopping.set()  # noqa: E731
    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)
    return stopping


def register(app: typer.Typer) -> None:
    for command in (web, worker, follower, scheduler, sandbox, migrate):
        app.command(rich_help_panel="Parts")(command)
    app.command("sandbox-stripe", rich_help_panel="Parts")(sandbox_stripe)
