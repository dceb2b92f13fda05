"""Pre-orders: import paid ones, resend mails."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from harrystix.adapters.cli.output import AsJson, clear_errors, console, show
from harrystix.adapters.cli.session import session


@clear_errors
def import_orders(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check.")] = False,
    encoding: Annotated[str, typer.Option(help="utf-8 or cp1252.")] = "utf-8",
    elsewhere: Annotated[
        str,
        typer.Option(help="Paid where our provider can't be asked: where and why. An owner has to agree."),
    ] = "",
    approval: Annotated[str, typer.Option(help="That an owner has agreed to this very file.")] = "",
    as_json: AsJson = False,
) -> None:
    """Bring in paid pre-orders from an earlier system, row by row."""
    from harrystix.application.handlers import imports

    with session() as system, Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        context, data = system.context, file.read_bytes()
        if elsewhere and not approval and not dry_run:
            asked = imports.ask_second(context, context.by("staff:cli"), data, encoding, elsewhere)
            show({"approvalId": asked}, as_json, "An owner has to grant it; then again with --approval")
            return
        if approval:
            imports.require_agreed(context, approval, data)
        task = bar.add_task("imported", total=None)
        found = imports.import_orders(
            context,
            context.by("staff:cli"),
            data,
            encoding,
            dry_run=dry_run,
            elsewhere=bool(approval),
            progress=lambda done: bar.update(task, completed=done),
        )
    counts = {
        "rows": found.rows,
        "imported": found.imported,
        "confirmed": found.confirmed,
        "known": found.known,
        "rejected": found.rejected,
    }
    if as_json:
        show({**counts, "problems": [asdict(problem) for problem in found.problems]}, True)
        return
    show(counts, False, "Imported")
    if found.problems:
        show([asdict(problem) for problem in found.problems[:50]], False, "Problems (the first 50)")


@clear_errors
def resend(pre_order_ids: list[str], as_json: AsJson = False) -> None:
    """Mail tickets again, to the members' stored addresses."""
    from harrystix.application.handlers import orders

    with session() as system:
        found = orders.resend(system.context, system.context.by("staff:cli"), pre_order_ids)
        show({"done": len(found.done), **found.refused}, as_json)


def register(app: typer.Typer) -> None:
    app.command("import-orders", rich_help_panel="Tickets")(import_orders)
    app.command(rich_help_panel="Tickets")(resend)
