from math import log
from pathlib import Path

from harrystix.application.dispatch import Dispatch
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import ticketed_event_events as ticketed
from harrystix.domain.base import Fact
from harrystix.projections.base import ReadModel, Tables
from harrystix.projections.changes import Counters, Table

ALL = "00000000-0000-0000-0000-000000000000"
NUMBERS = ("orders", "tickets", "assigned", "automatic", "waiting", "unmatched", "mailed", "undelivered")
DAILY = ("orders", "tickets", "assigned", "mailed")
STEP = log(1.1)
# The code of a mail that somebody has called off.
ABORTED = "aborted"


class Fold(Tables):
    def __init__(self) -> None:
        self.overview = Counters("overview", {"event_id": "uuid"}, NUMBERS)
        self.latency = Counters(
            "overview_latency", {"event_id": "uuid", "kind": "text", "bucket": "int"}, ("orders",)
        )
        self.days = Counters("overview_days", {"day": "date", "bucket": "int"}, ("orders",))
        self.daily = Counters("overview_daily", {"event_id": "uuid", "day": "date"}, DAILY)
        self.first_uploads = Table(
            "overview_uploads", {"event_id": "uuid", "last_upload_at": "timestamptz"}, "event_id"
        )
        self.uploads = Table(
            "overview_uploads", {"event_id": "uuid", "last_upload_at": "timestamptz"}, "event_id"
        )

    def add(self, event_id: str, **deltas: int) -> None:
        self.overview.add(event_id, **deltas)
        self.overview.add(ALL, **deltas)

    def grew(self, event_id: str, fact: Fact, **numbers: int) -> None:
        """What came on the day of the fact (UTC); what went again is not taken off: that day has been."""
        day = fact.timestamp.date()
        self.daily.add(event_id, day, **numbers)
        self.daily.add(ALL, day, **numbers)

    def took(self, event_id: str, kind: str, milliseconds: int) -> None:
        bucket = bucket_of(milliseconds)
        self.latency.add(event_id, kind, bucket, orders=1)
        self.latency.add(ALL, kind, bucket, orders=1)


def bucket_of(milliseconds: int) -> int:
    """The n of 1.1^n milliseconds."""
    return int(log(max(1, milliseconds)) / STEP)


project: Dispatch[Fold, None] = Dispatch()
MODEL = ReadModel(
    "overview",
    Path(__file__).parent,
    project,
    Fold,
    {
        "overview": (),
        "overview_latency": (),
        "overview_days": (),
        "overview_daily": (),
        "overview_uploads": (),
    },
)


@project.on(ticketed.Announced)
def _announced(fold: Fold, _: int, fact: ticketed.Announced) -> None:
    fold.overview.add(str(fact.originator_id), orders=0)


@project.on(pool.TicketsAdded)
def _added(fold: Fold, _: int, fact: pool.TicketsAdded) -> None:
    fold.add(fact.event_id, tickets=len(fact.ticket_ids))
    fold.grew(fact.event_id, fact, tickets=len(fact.ticket_ids))
    fold.first_uploads.insert(fact.event_id, last_upload_at=fact.timestamp)
    fold.uploads.update(fact.event_id, last_upload_at=fact.timestamp)


@project.on(order.PaymentConfirmed)
def _confirmed(fold: Fold, _: int, fact: order.PaymentConfirmed) -> None:
    fold.add(fact.event_id, orders=1, waiting=1)
    fold.grew(fact.event_id, fact, orders=1)


@project.on(pool.TicketsAssigned)
def _assigned(fold: Fold, _: int, fact: pool.TicketsAssigned) -> None:
    count = len(fact.order_ids)
    stale = count - fact.fresh_tickets
    automatic = 0 if fact.reason else count
    fold.add(fact.event_id, assigned=count, automatic=automatic, waiting=-count, unmatched=-stale)
    fold.grew(fact.event_id, fact, assigned=count)


@project.on(pool.TicketsMarkedUnmatched)
def _unmatched(fold: Fold, _: int, fact: pool.TicketsMarkedUnmatched) -> None:
    fold.add(fact.event_id, unmatched=len(fact.ticket_ids))


@project.on(pool.RulesAdopted)
def _adopted(fold: Fold, _: int, fact: pool.RulesAdopted) -> None:
    fold.add(fact.event_id, unmatched=-fact.reopened_tickets)


@project.on(pool.AssignmentsRevoked)
def _revoked(fold: Fold, _: int, fact: pool.AssignmentsRevoked) -> None:
    count = len(fact.order_ids)
    fold.add(fact.event_id, assigned=-count, automatic=-fact.by_rule, waiting=count)


@project.on(pool.TicketsVoided)
def _voided(fold: Fold, _: int, fact: pool.TicketsVoided) -> None:
    count = len(fact.ticket_ids)
    fold.add(fact.event_id, tickets=-count, unmatched=fact.fresh - count)


@project.on(pool.OrderRemoved)
def _removed(fold: Fold, _: int, fact: pool.OrderRemoved) -> None:
    fold.add(fact.event_id, orders=-1, waiting=-1)


@project.on(pool.OrderReturned)
def _returned(fold: Fold, _: int, fact: pool.OrderReturned) -> None:
    fold.add(fact.event_id, orders=1, waiting=1)


@project.on(order.TicketEmailAccepted)
def _mailed(fold: Fold, _: int, fact: order.TicketEmailAccepted) -> None:
    fold.add(fact.event_id, mailed=1)
    fold.grew(fact.event_id, fact, mailed=1)
    if fact.number == 1 and not fact.overtaken:
        fold.took(fact.event_id, "mailed", fact.after_ms)
        fold.days.add(fact.timestamp.date(), bucket_of(fact.after_ms), orders=1)


@project.on(order.TicketAssigned)
def _order_assigned(fold: Fold, _: int, fact: order.TicketAssigned) -> None:
    waited = (fact.timestamp - fact.eligible_at).total_seconds()
    fold.took(fact.event_id, "assigned", int(waited * 1000))


@project.on(order.TicketEmailBounced, order.TicketEmailFailed)
def _undelivered(fold: Fold, _: int, fact: order.TicketEmailBounced | order.TicketEmailFailed) -> None:
    # Called off by a person is no failure of delivery.
    if not (isinstance(fact, order.TicketEmailFailed) and fact.code == ABORTED):
        fold.add(fact.event_id, undelivered=1)
