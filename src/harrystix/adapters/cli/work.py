"""Pieces of work that failed again and again, and providers that are given a rest."""

from dataclasses import asdict
from typing import Annotated

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, fail, show
from harrystix.adapters.cli.session import session

work = typer.Typer(help="Work that failed, and providers that rest.", no_args_is_help=True)


@work.command("parked")
@clear_errors
def parked(as_json: AsJson = False) -> None:
    """List what was parked after its last try, and waits for a person."""
    with session() as system:
        found = system.context.failures.parked(200)
    show([asdict(one) for one in found], as_json, f"{len(found)} parked")


@work.command("retry")
@clear_errors
def retry(kind: str, subject: str) -> None:
    """Try one of them again."""
    from harrystix.application.work import KINDS

    with session() as system:
        if not system.context.failures.retry(kind, subject):
            fail(f"No {kind} of {subject} is parked.")
        if kind in KINDS:
            system.context.nudge.send(kind, "")
    typer.echo("It is tried again.")


@work.command("outages")
@clear_errors
def outages(as_json: AsJson = False) -> None:
    """List the providers that are not asked anything at present, since when and why."""
    with session() as system:
        found = system.context.outages.current()
    show([asdict(one) for one in found], as_json, f"{len(found)} outages")


@clear_errors
def repair(
    by: Annotated[str, typer.Option(help="Your name, for the log.")],
    reason: Annotated[str, typer.Option(help="For the log.")] = "damage of an older version",
    do_it: Annotated[bool, typer.Option("--do", help="Mend it; without this it is only shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find tickets that an older version gave twice, and mend them by facts of their own.

    Exit code 1 where damage is there and was not mended.
    """
    from harrystix.application import repair as mending

    with session() as system:
        context = system.context
        found = mending.find(context, mending.events_of(context))
        rows: list[dict[str, object]] = []
        left = 0
        for damage in found:
            done = (
                mending.repair(context, context.by(f"staff:{by}"), damage.event_id, reason)
                if do_it
                else mending.Repaired()
            )
            left += len(done.left) if do_it else 1
            rows.append(
                {
                    "event": damage.event_id,
                    "tickets given twice": len(damage.doubled),
                    "pre-orders with two": len(damage.twice),
                    "served anew": len(done.served_anew),
                    "left for a person": "; ".join(f"{one}: {why}" for one, why in done.left.items()),
                }
            )
    show(rows, as_json, f"{len(found)} events with damage")
    if left:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    app.add_typer(work, name="work", rich_help_panel="System")
    app.command(rich_help_panel="System")(repair)
