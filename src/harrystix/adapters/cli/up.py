"""`harrystix up`: everything on this machine, in one folder."""

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from harrystix.adapters.cli.output import clear_errors, command
from harrystix.settings import Settings

if TYPE_CHECKING:
    from harrystix.adapters.embedded.stack import Stack


@clear_errors
def up(
    demo: Annotated[bool, typer.Option(help="Seed demo data at the first start.")] = True,
) -> None:
    """Run everything: servers, sandbox mail, web, workers. Ctrl-C stops it all."""

    from harrystix.adapters.cli.demo import OWNER, members_link, owners_link, seed
    from harrystix.adapters.embedded.stack import Stack
    from harrystix.adapters.eventstore.migrate import migrate
    from harrystix.adapters.follower.rebuild import refresh
    from harrystix.adapters.push.keys import make as make_push_key
    from harrystix.adapters.vault.keyring import Keyring

    settings = Settings()  # pyright: ignore[reportCallIssue]
    stack = Stack(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    try:
        stack.start_servers()
        url = stack.environment["DATABASE_URL"]
        _check_vault(url, settings)
        migrate(url)
        Keyring.create(settings.keys_path)
        make_push_key(settings.push_path)
        refresh(url)
        stack.start_processes()
        stack.wait_until_ready()
        keys = seed(stack.environment, stack.folder) if demo and settings.demo else None
        typer.echo(f"Harry's Tix is at {settings.address}")
        if keys:
            typer.echo(
                f"Open it as the demo's owner, once, within ten minutes: {owners_link(stack.environment)}"
            )
            typer.echo(f"Another such link: {command()} staff link --email {OWNER}")
            typer.echo(f"Demo API key: {keys[0]}")
            typer.echo(
                f"Open it as the demo's member, once, within a quarter of an hour: {members_link(stack.environment)}"
            )
            typer.echo(f"A sample file with a few honest mistakes: {stack.folder / 'sample-tickets.csv'}")
        if stack.sandbox_url:
            typer.echo(f"Mails that would be sent: {stack.sandbox_url}")
        if stack.stripe_url:
            typer.echo(
                f"Payments go to the sandbox Stripe: `{command()} capture --now --by you` is a Tuesday."
            )
        typer.echo(f"Log: {stack.folder / 'harrystix.log'}. Ctrl-C stops everything.")
        watcher = threading.Thread(target=stack.supervisor.watch, daemon=True) if stack.supervisor else None
        if watcher:
            watcher.start()
        while not stopping.wait(0.5):
            _check_servers(stack)
        if stack.supervisor:
            stack.supervisor.stopping.set()
    finally:
        stack.stop()
        typer.echo("Stopped.")


def _check_vault(url: str, settings: Settings) -> None:
    """Only an empty vault gets new keys, and nothing starts over half a restore. Raises VaultError, BeingRestored."""
    import psycopg

    from harrystix.adapters.eventstore.installation import FOREIGN, BeingRestored, is_filled, is_restoring
    from harrystix.adapters.vault.keyring import VaultError

    with psycopg.connect(url, autocommit=True) as connection:
        if is_restoring(connection):
            raise BeingRestored("A restore into this data folder has not come to its end. Run it again.")
        new = not settings.keys.get_secret_value() and not settings.keys_path.exists()
        if new and is_filled(connection):
            raise VaultError(FOREIGN.format(where=settings.keys_path))


def _check_servers(stack: "Stack") -> None:
    """An embedded server that died is started again on its port; the processes reconnect by themselves."""
    for server in (stack.postgres, stack.valkey):
        if server.process and server.process.poll() is not None:
            name, code = type(server).__name__, server.process.returncode
            typer.echo(f"{name} ended with exit code {code}; starting it again.")
            server.start()
