"""Backups and the way back."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, console, fail, show
from harrystix.adapters.cli.session import session


@clear_errors
def backup(
    into: Annotated[Path, typer.Option(help="Folder for backups; each is a folder of its own in it.")],
    keep_days: Annotated[
        int, typer.Option(min=1, max=30, help="Older ones in that folder go: who was erased is in them.")
    ] = 30,
    as_json: AsJson = False,
) -> None:
    """Log, vault and what lies beside, at one moment. Master keys are not in it: keep those elsewhere."""
    from harrystix.adapters.backup.dump import CannotBackUp, back_up, prune

    with session() as system:
        try:
            now = system.context.clock.now()
            made = back_up(system.settings.database_url, into, now)
            gone = prune(into, now - timedelta(days=keep_days))
        except CannotBackUp as refused:
            fail(str(refused))
        system.database.execute(
            "INSERT INTO app.backups (position, size_bytes) VALUES (%s, %s)", (made.events, made.size_bytes)
        )
    show(
        {
            "folder": made.folder,
            "to position": made.events,
            "bytes": made.size_bytes,
            "older ones gone": gone,
        },
        as_json,
    )


@clear_errors
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup.")],
    without_ledger: Annotated[
        bool, typer.Option("--without-ledger", help="Nobody was ever erased: there is no ledger of erasures.")
    ] = False,
    without_providers: Annotated[
        bool,
        typer.Option("--without-providers", help="Nobody was mailed or charged since: ask neither provider."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Into the empty database of DATABASE_URL, or a new one in the data folder; who was erased since is erased again.

    Exit code 1 where erasures are left for the workers: let nobody in before `doctor` is content.
    """
    from harrystix.adapters.backup.restore import CannotRestore, check_with, come_back, finish, load
    from harrystix.adapters.embedded.stack import Stack
    from harrystix.adapters.logs import to_stderr
    from harrystix.adapters.vault.key_file import LiveKeys
    from harrystix.bootstrap import build
    from harrystix.settings import Settings

    to_stderr()
    settings = Settings()  # pyright: ignore[reportCallIssue]
    try:
        keys = LiveKeys(settings.keys_path, settings.keys.get_secret_value())
        check_with(folder, keys.ring, str(settings.keys_path))
    except CannotRestore as refused:
        fail(str(refused))
    if not settings.ledger_path.exists() and not without_ledger:
        fail(
            f"{settings.ledger_path} is not there: without the ledger of erasures, who was erased since would be back. "
            "Bring it, or say --without-ledger where nobody ever was."
        )
    stack = Stack(settings)
    stack.start_servers()
    system = None
    try:
        url = stack.environment["DATABASE_URL"]
        restored = load(folder, url)
        system = build(settings.model_copy(update=stack.as_settings()), restoring=True)
        found = come_back(
            restored,
            url,
            system.store,
            system.context,
            settings.chain_path,
            lambda what: None if as_json else console.print(f"{what} …"),
            # The sandboxes run with `up` only: nobody was really mailed or charged by one.
            ask_mails=not (without_providers or stack.sandbox_url),
            ask_payments=not (without_providers or stack.stripe_url),
        )
        finish(url)
    except CannotRestore as refused:
        fail(str(refused))
    finally:
        if system:
            system.close()
        stack.stop()
    if found.staff and not as_json:
        console.print(
            "Nobody of the staff can sign in now: who has left since would be back. For each one who is still there: "
            "harrystix staff reset --email ADDRESS, then harrystix staff enable --email ADDRESS."
        )
    show(
        {
            "to position": found.position,
            "rows": sum(found.rows.values()),
            "sessions and keys ended": found.shut_out,
            "staff disabled": found.staff,
            "requests denied": found.denied,
            "erased again": found.erased,
            "mails since the backup that the log does not know": len(found.mails.unknown)
            if found.mails
            else None,
            "their tickets taken out": len(found.mails.voided) if found.mails else None,
            "erasures pending": len(found.pending),
        },
        as_json,
    )
    if found.pending:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    for command in (backup, restore):
        app.command(rich_help_panel="System")(command)
