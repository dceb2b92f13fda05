from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import upload_events as upload
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Counters, Table


class Fold(Tables):
    def __init__(self) -> None:
        self.uploads = Table(
            "uploads",
            {
                "id": "uuid",
                "position": "bigint",
                "file_name": "text",
                "form": "text",
                "rows": "bigint",
                "size_bytes": "bigint",
                "sha256": "text",
                "actor": "text",
                "received_at": "timestamptz",
                "state": "text",
                "committed_at": "timestamptz",
                "tickets": "bigint",
                "duplicates": "bigint",
                "malformed": "bigint",
                "recalled": "bigint",
                "left_out": "bigint",
            },
            "id",
        )
        self.progress = Counters(
            "upload_progress", {"upload_id": "uuid"}, ("assigned", "mailed", "delivered", "undelivered")
        )
        self.events = Counters("upload_events", {"event_id": "uuid", "upload_id": "uuid"}, ("tickets",))


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel(
    "uploads",
    Path(__file__).parent,
    project,
    Fold,
    {"uploads": (), "upload_progress": (), "upload_events": ()},
)


@project.on(upload.Received)
def _received(fold: Fold, position: int, fact: upload.Received) -> None:
    fold.uploads.insert(
        str(fact.originator_id),
        position=position,
        file_name=fact.file_name,
        form=fact.form,
        rows=fact.rows,
        size_bytes=fact.size_bytes,
        sha256=fact.sha256,
        actor=fact.actor,
        received_at=fact.timestamp,
        state="received",
    )


@project.on(upload.Committed)
def _committed(fold: Fold, _: int, fact: upload.Committed) -> None:
    fold.uploads.update(
        str(fact.originator_id),
        state="committed",
        committed_at=fact.timestamp,
        tickets=sum(fact.tickets.values()),
        duplicates=fact.duplicates,
        malformed=fact.malformed,
    )


@project.on(upload.Discarded)
def _discarded(fold: Fold, _: int, fact: upload.Discarded) -> None:
    fold.uploads.update(str(fact.originator_id), state="discarded")


@project.on(upload.Completed)
def _completed(fold: Fold, _: int, fact: upload.Completed) -> None:
    fold.uploads.update(str(fact.originator_id), state="completed")


@project.on(upload.Withdrawn)
def _withdrawn(fold: Fold, _: int, fact: upload.Withdrawn) -> None:
    fold.uploads.update(
        str(fact.originator_id), state="withdrawn", recalled=fact.recalled, left_out=fact.left
    )


@project.on(pool.TicketsAdded)
def _added(fold: Fold, _: int, fact: pool.TicketsAdded) -> None:
    fold.events.add(fact.event_id, fact.upload_id, tickets=len(fact.ticket_ids))


@project.on(pool.TicketsAssigned)
def _assigned(fold: Fold, _: int, fact: pool.TicketsAssigned) -> None:
    for upload_id, count in fact.uploads.items():
        fold.progress.add(upload_id, assigned=count)


@project.on(pool.AssignmentsRevoked)
def _revoked(fold: Fold, _: int, fact: pool.AssignmentsRevoked) -> None:
    for upload_id, count in fact.uploads.items():
        fold.progress.add(upload_id, assigned=-count)


@project.on(order.TicketEmailAccepted)
def _mailed(fold: Fold, _: int, fact: order.TicketEmailAccepted) -> None:
    if fact.number == 1:
        fold.progress.add(fact.upload_id, mailed=1)


@project.on(order.TicketEmailDelivered)
def _delivered(fold: Fold, _: int, fact: order.TicketEmailDelivered) -> None:
    fold.progress.add(fact.upload_id, delivered=1)


@project.on(order.TicketEmailBounced, order.TicketEmailFailed)
def _undelivered(fold: Fold, _: int, fact: order.TicketEmailBounced | order.TicketEmailFailed) -> None:
    fold.progress.add(fact.upload_id, undelivered=1)
