"""`harrystix`: the entry of everything."""

import sys

import typer

from harrystix.adapters.cli import (
    backup,
    capture,
    events,
    explain,
    keys,
    money,
    orders,
    processes,
    staff,
    system,
    templates,
    tickets,
    up,
    work,
)

app = typer.Typer(
    name="harrystix",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tickets, first come first served.",
)
app.command(rich_help_panel="Everything")(up.up)
for module in (
    tickets,
    orders,
    events,
    capture,
    money,
    keys,
    explain,
    staff,
    system,
    backup,
    templates,
    processes,
    work,
):
    module.register(app)


def run() -> None:
    try:
        app()
    except Exception as error:
        sys.stderr.write(f"Something went wrong: {type(error).__name__}. Run `harrystix doctor`.\n")
        sys.exit(70)
