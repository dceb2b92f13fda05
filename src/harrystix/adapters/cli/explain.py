"""Why everybody got what they got: `explain` one, `fairness` of all."""

from typing import Annotated

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, console, fail, show
from harrystix.adapters.cli.session import session


@clear_errors
def explain(
    thing: Annotated[str, typer.Argument(help="Id of a pre-order or a ticket.")], as_json: AsJson = False
) -> None:
    """Why it was matched, or was not, in words, from the log."""
    from harrystix.application.explain import trace
    from harrystix.domain.errors import NotFound
    from harrystix.projections.assignments import queries as assignments

    with session() as system:
        try:
            found = trace.of_order(system.context, thing)
        except NotFound:
            event_id = assignments.event_of(system.database, thing)
            if event_id is None:
                fail(f"There is no pre-order or ticket {thing}.")
            found = trace.of_ticket(system.context, event_id, thing)
    steps = [{"at": step.at, "what": step.text} for step in found.steps]
    if as_json:
        show({"subject": found.subject, "eventId": found.event_id, "now": found.now, "steps": steps}, True)
        return
    for step in found.steps:
        console.print(f"[dim]{step.at:%Y-%m-%d %H:%M:%S} UTC[/]  {step.text}")
    console.print(f"[bold]Now[/]  {found.now}")


@clear_errors
def fairness(event_id: str, as_json: AsJson = False) -> None:
    """Every assignment with its rank, whom it passed over, and why; exit code 1 where a reason is missing."""
    from harrystix.application.explain.fairness import fairness as report

    with session() as system:
        found = report(system.context, event_id)
    numbers = {
        "queued": found.queued,
        "assignments": found.assignments,
        "taken back": found.revoked,
        **{f"by {rule}": count for rule, count in sorted(found.rules.items())},
        **{f"passed over: {why}": count for why, count in sorted(found.overtakings.items())},
        "without a reason": found.unexplained,
    }
    if as_json:
        lines = [
            {
                "at": line.at,
                "orderId": line.order_id,
                "ticketId": line.ticket_id,
                "rank": line.rank,
                "wanted": found.names.get(line.wanted_id, ""),
                "given": found.names.get(line.given_id, ""),
                "rule": line.rule,
                "reason": line.reason,
                "overtook": line.overtook,
            }
            for line in found.lines
        ]
        show({**numbers, "lines": lines}, True)
    else:
        show(numbers, False, "Fair" if not found.unexplained else "NOT FAIR")
    if found.unexplained:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    for command in (explain, fairness):
        app.command(rich_help_panel="Tickets")(command)
