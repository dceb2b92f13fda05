"""How the command line speaks: tables for people, JSON for programs, one line for what is wrong."""

import shutil
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec, TypeVar

import orjson
import typer
from rich.console import Console
from rich.table import Table

P = ParamSpec("P")
R = TypeVar("R")
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]
# Where nobody looks at it, a table is for grep and mails: not broken to a width that no one chose.
console = Console(width=None if sys.stdout.isatty() else 180)


def fail(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    raise typer.Exit(2)


def clear_errors(function: Callable[P, R]) -> Callable[P, R]:
    """A refusal is one line on stderr and exit code 2, never a traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if words := _refusal(error):
                fail(words)
            raise

    return run


def _refusal(error: Exception) -> str:
    """What to say of a refusal; empty for what is a fault of ours. Loaded now: what goes well starts faster."""
    from harrystix.adapters.chain.anchors import Unreadable
    from harrystix.adapters.embedded.child import CannotStart
    from harrystix.adapters.eventstore.installation import BeingRestored
    from harrystix.adapters.vault.keyring import VaultError
    from harrystix.application.payment_ports import Later, Refused, Unknown
    from harrystix.bootstrap import Unconfigured
    from harrystix.domain.errors import DomainError

    match error:
        case DomainError():
            return error.message
        case Later() | Unknown():
            return "The payment provider does not answer now, or our own lists are behind. Try again in a moment."
        case Refused():
            return f"The payment provider refused: {error.code}."
        case BeingRestored() | CannotStart() | Unconfigured() | Unreadable() | VaultError() | OSError():
            return str(error) or type(error).__name__
        case _:
            return ""


def show(rows: Sequence[dict[str, Any]] | dict[str, Any], as_json: bool, title: str = "") -> None:
    if as_json:
        sys.stdout.write(orjson.dumps(rows, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")
        return
    table = Table(title=title or None)
    if isinstance(rows, dict):
        table.add_column("")
        table.add_column("", justify="right")
        for key, value in rows.items():
            table.add_row(key, _text(value))
    elif rows:
        for key in rows[0]:
            table.add_column(key)
        for row in rows:
            table.add_row(*map(_text, row.values()))
    console.print(table)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]  # noqa: RUF001
    return f"{value:,}" if isinstance(value, int) else str(value)


def command() -> str:
    """Our own program as it can be typed here."""
    own = Path(sys.executable).with_name("harrystix")
    if shutil.which("harrystix") or not own.exists():
        return "harrystix"
    return str(own.relative_to(Path.cwd())) if own.is_relative_to(Path.cwd()) else str(own)
