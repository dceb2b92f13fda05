"""The weekly capture: how the last runs went, rehearse the next, start one now."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, fail, show
from harrystix.adapters.cli.session import session

ANY = "no preference"
FATES = {
    "charge": "to be charged",
    "expired_card": "card has expired; tried",
    "no_card": "no card",
    "needs_member": "waits for the member",
    "over": "sales are over; given up",
}


@clear_errors
def capture(
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Show what the next run would do.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Start a run now; needs --by.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after a pause of the circuit breaker.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Your name, for the log.")] = "",
    limit: Annotated[int, typer.Option(help="Lines of the list.", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """The weekly capture: how the last runs went; rehearse the next, or start one now."""
    from harrystix.application.processes.notices import money
    from harrystix.application.processes.runs import start_now
    from harrystix.projections.money import queries

    if (now or resume) and not by.strip():
        fail("--now and --resume need --by with your name: money is taken in it.")
    with session() as system:
        if rehearse:
            _rehearse(system, limit, as_json)
        elif now:
            by_person = system.context.by(f"staff:{by.strip()}")
            show({"runId": start_now(system.context, by_person, system.context.schedule)}, as_json)
        elif resume:
            system.pace.resume()
            show({"resumed": True}, as_json)
        else:
            rows = [
                {
                    "run": run.id,
                    "day": run.day.isoformat(),
                    "kind": run.kind,
                    "by": run.actor,
                    "state": run.state,
                    "succeeded": run.counts.get("succeeded", 0),
                    "declined": run.counts.get("declined", 0),
                    "open": run.counts.get("requested", 0) + run.counts.get("linked", 0),
                    "given up": run.given_up,
                    "no card": run.no_card,
                    "needs member": run.needs_member,
                    "taken": ", ".join(money(amount, c) for c, amount in run.amounts.items()),
                }
                for run in queries.runs(system.database, 10)
            ]
            show(rows, as_json, "Capture runs, newest first")


def _rehearse(system: Any, limit: int, as_json: bool) -> None:
    from harrystix.application.processes.notices import money
    from harrystix.projections.money.rehearsal import lines, rehearse

    at = system.context.schedule.next(system.context.clock.now())
    found, listed = rehearse(system.database, at), lines(system.database, at, limit)
    shortfall = [asdict(short) | {"short": short.short} for short in found.shortfall]
    rows = [asdict(line) for line in listed]
    if as_json:
        show(
            {
                "at": at,
                "orders": found.orders,
                "amounts": found.amounts,
                "shortfall": shortfall,
                "lines": rows,
            },
            True,
        )
        return
    amounts = {f"asked for in {code}": money(amount, code) for code, amount in found.amounts.items()}
    show(
        {
            "at": at.strftime("%Y-%m-%d %H:%M UTC"),
            **{FATES[key]: n for key, n in found.orders.items()},
            **amounts,
        },
        False,
        "The next run",
    )
    if shortfall:
        tickets = [
            {
                "event": short.event,
                "variant": short.variant or ANY,
                "wanted": short.demand,
                "there": short.supply,
                "short": short.short,
            }
            for short in found.shortfall
        ]
        show(tickets, False, "Tickets per variant, before any fallback")
    orders = [
        {
            "pre-order": line.order_id,
            "event": line.event,
            "variant": line.variant or ANY,
            "amount": money(line.amount_minor, line.currency),
            "": FATES[line.fate],
        }
        for line in listed
    ]
    show(orders, False, f"The first {limit}, in the order of the run")


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Money")(capture)
