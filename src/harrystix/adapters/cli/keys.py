"""Master keys of the vault, which there are and a new one; and the key by which browsers know the house."""

import typer
from rich.progress import Progress

from harrystix.adapters.cli.output import AsJson, clear_errors, console, fail, show
from harrystix.adapters.cli.session import session

keys = typer.Typer(help="Master keys of the vault.", no_args_is_help=True)


@keys.command("list")
@clear_errors
def list_versions(as_json: AsJson = False) -> None:
    """Every version, whether it is in use, and how many data keys it wraps (at most 2^32 each)."""
    from harrystix.adapters.vault.keyring import Keyring
    from harrystix.adapters.vault.rotation import inventory

    with session() as system:
        text = system.settings.keys.get_secret_value()
        ring = Keyring.parse(text, "HARRYSTIX_KEYS") if text else Keyring.load(system.settings.keys_path)
        rows = [
            {
                "version": v.version,
                "current": v.current,
                "in file": v.in_file,
                "retired": v.retired,
                "rows": v.rows,
            }
            for v in inventory(system.database, ring)
        ]
    show(rows, as_json, "Master keys")


@keys.command("rotate")
@clear_errors
def rotate(as_json: AsJson = False) -> None:
    """A new master key, every data key wrapped anew under it, the old one refused. Goes on with one that was begun."""
    from harrystix.adapters.vault.rotation import begin, go_on

    with session() as system, Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        if system.settings.keys.get_secret_value():
            fail("The keys come from HARRYSTIX_KEYS: add a version there, then start the processes again.")
        task = bar.add_task("data keys", total=None)
        version = begin(system.settings.keys_path)
        aside = go_on(
            system.database, system.settings.keys_path, lambda done: bar.update(task, completed=done)
        )
    show({"current": version, "retired keys are in": aside}, as_json)


@keys.command("push")
@clear_errors
def make_push_key(as_json: AsJson = False) -> None:
    """The key by which browsers know the house, once; shows its public half. Safe to run again."""
    from harrystix.adapters.push.keys import make, public_key
    from harrystix.settings import Settings

    settings = Settings()  # pyright: ignore[reportCallIssue]
    if not settings.push_key.get_secret_value():
        make(settings.push_path)
    try:
        show({"public key": public_key(settings.push_pem), "file": settings.push_path}, as_json)
    except ValueError:
        fail("The push key is not a PEM of an EC key: look at HARRYSTIX_PUSH_KEY or push.pem.")


def register(app: typer.Typer) -> None:
    app.add_typer(keys, name="keys", rich_help_panel="System")
