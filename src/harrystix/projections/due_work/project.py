from pathlib import Path

import orjson

from harrystix.application.dispatch import Dispatch
from harrystix.application.ports import Due
from harrystix.application.processes.reactions import KINDS, MATCH, Settled, Untried, react
from harrystix.domain.base import Fact
from harrystix.projections.base import ReadModel
from harrystix.projections.changes import Cursor


class Fold:
    """Last word by (kind, subject); untried counts add up. `wake`: what the workers should hear of."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Due | None] = {}
        self.untried: dict[str, tuple[bool, int, int]] = {}
        self.wake: set[tuple[str, str]] = set()

    def flush(self, cursor: Cursor) -> None:
        gone = [key for key, due in self.rows.items() if due is None]
        if gone:
            cursor.execute(
                "DELETE FROM due_work d USING unnest(%b::text[], %b::text[]) AS x (kind, subject) "
                "WHERE d.kind = x.kind AND d.subject = x.subject",
                ([kind for kind, _ in gone], [subject for _, subject in gone]),
            )
        new = [due for due in self.rows.values() if due is not None]
        if new:
            cursor.execute(
                "INSERT INTO due_work (kind, subject, event_id, position, since, cause_id, details) "
                "SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::timestamptz[], "
                "%b::text[], %b::jsonb[]) ON CONFLICT (kind, subject) DO UPDATE SET "
                "position = excluded.position, since = excluded.since, cause_id = excluded.cause_id, "
                "details = excluded.details",
                (
                    [due.kind for due in new],
                    [due.subject for due in new],
                    [due.event_id for due in new],
                    [due.position for due in new],
                    [due.since for due in new],
                    [due.cause_id for due in new],
                    [orjson.dumps(due.details).decode() for due in new],
                ),
            )
        for event_id, untried in self.untried.items():
            _write_untried(cursor, event_id, *untried)


def _write_untried(cursor: Cursor, event_id: str, absolute: bool, tickets: int, orders: int) -> None:
    # Position, time and cause are left out here: they would depend on where batches begin and end.
    details = orjson.dumps({"tickets": tickets, "orders": orders}).decode()
    cursor.execute(
        "INSERT INTO due_work AS d (kind, subject, event_id, position, since, cause_id, details) "
        "VALUES (%s, %s, %s, 0, 'epoch', '', %s::jsonb) "
        "ON CONFLICT (kind, subject) DO UPDATE SET details = CASE WHEN %s THEN excluded.details "
        "ELSE jsonb_build_object("
        "'tickets', (d.details->>'tickets')::int + (excluded.details->>'tickets')::int, "
        "'orders', (d.details->>'orders')::int + (excluded.details->>'orders')::int) END",
        (MATCH, event_id, event_id, details, absolute),
    )
    cursor.execute(
        "DELETE FROM due_work WHERE kind = %s AND subject = %s "
        "AND (details->>'tickets')::int = 0 AND (details->>'orders')::int = 0",
        (MATCH, event_id),
    )


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel(
    "due_work",
    Path(__file__).parent,
    project,
    Fold,
    {"due_work": ("leased_until", "attempts")},
    version=2,
)


@project.on(*KINDS)
def _due(fold: Fold, position: int, fact: Fact) -> None:
    for reaction in react(position, fact):
        match reaction:
            case Due():
                fold.rows[reaction.kind, reaction.subject] = reaction
                fold.wake.add((reaction.kind, reaction.event_id))
            case Settled():
                for subject in reaction.subjects:
                    fold.rows[reaction.kind, subject] = None
            case Untried():
                absolute, tickets, orders = fold.untried.get(reaction.event_id, (False, 0, 0))
                if reaction.absolute:
                    absolute, tickets, orders = True, 0, 0
                fold.untried[reaction.event_id] = (
                    absolute,
                    tickets + reaction.tickets,
                    orders + reaction.orders,
                )
                if reaction.tickets > 0 or reaction.orders > 0:
                    fold.wake.add((MATCH, reaction.event_id))
