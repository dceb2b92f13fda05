"""Ticketed events, and running their assignment again."""

from typing import Any

import typer

from harrystix.adapters.cli.output import AsJson, clear_errors, show
from harrystix.adapters.cli.session import session
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.overview import queries as overview


@clear_errors
def events(as_json: AsJson = False) -> None:
    """List the ticketed events with their numbers."""
    with session() as system:
        rows: list[dict[str, Any]] = []
        for event in catalogue.page(system.database, 200):
            numbers = overview.totals(system.database, event.id)
            rows.append(
                {
                    "id": event.id,
                    "code": event.code,
                    "name": event.name,
                    "starts at": event.starts_at.isoformat(),
                    "fallback": event.fallback,
                    "orders": numbers.orders,
                    "tickets": numbers.tickets,
                    "assigned": numbers.assigned,
                    "waiting": numbers.waiting,
                    "unmatched": numbers.unmatched,
                    "mailed": numbers.mailed,
                }
            )
        show(rows, as_json, "Events")


@clear_errors
def reconcile(event_id: str, as_json: AsJson = False) -> None:
    """Run the assignment of an event again, here and now."""
    from harrystix.application.processes.allocation import allocate
    from harrystix.domain.ticketed_event import TicketedEvent

    with session() as system:
        system.store.get(TicketedEvent, event_id)
        made = allocate(system.context, event_id, seconds=300)
        show({"eventId": event_id, "assigned": made}, as_json)


def register(app: typer.Typer) -> None:
    for command in (events, reconcile):
        app.command(rich_help_panel="Tickets")(command)
