from dataclasses import dataclass, field
from datetime import date, datetime

from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class Run:
    """`counts`: attempts by state; `amounts`: minor units taken, by currency."""

    id: str
    position: int
    schedule: str
    day: date
    kind: str
    actor: str
    started_at: datetime
    enumerated_at: datetime | None
    no_card: int
    needs_member: int
    given_up: int
    counts: dict[str, int] = field(default_factory=dict[str, int])
    outcomes: dict[str, int] = field(default_factory=dict[str, int])
    amounts: dict[str, int] = field(default_factory=dict[str, int])
    ended_at: datetime | None = None

    @property
    def state(self) -> str:
        """collecting, running or finished."""
        if self.enumerated_at is None:
            return "collecting"
        open_still = self.counts.get("requested", 0) + self.counts.get("linked", 0)
        return "running" if open_still else "finished"


@dataclass(frozen=True, slots=True)
class Share:
    """Of one run, what is of one event. `amount_minor`: taken; `under_way`: not answered yet."""

    id: str
    started_at: datetime
    asked: int
    succeeded: int
    under_way: int
    currency: str
    amount_minor: int

    @property
    def declined(self) -> int:
        return self.asked - self.succeeded - self.under_way


@dataclass(frozen=True, slots=True)
class Attempt:
    position: int
    order_id: str
    event_id: str
    amount_minor: int
    currency: str
    state: str
    code: str
    outcome: str
    requested_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    id: str
    position: int
    order_id: str
    event_id: str
    amount_minor: int
    currency: str
    origin: str
    reason: str
    actor: str
    state: str
    code: str
    requested_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    id: str
    position: int
    order_id: str
    event_id: str
    kind: str
    reason: str
    state: str
    opened_at: datetime
    closed_at: datetime | None


def runs(read: Reader, limit: int, before: int | None = None, run_id: str | None = None) -> list[Run]:
    """Newest first."""
    rows = read.all(
        "SELECT r.id::text, r.position, schedule, day, kind, r.actor, started_at, enumerated_at, no_card, "
        "needs_member, coalesce((SELECT orders FROM reporting.given_up g "
        "WHERE g.cause_id = r.command_id), 0) FROM reporting.capture_runs r "
        "WHERE (%s::bigint IS NULL OR r.position < %s) AND (%s::uuid IS NULL OR r.id = %s::uuid) "
        "ORDER BY r.position DESC LIMIT %s",
        (before, before, run_id, run_id, limit),
    )
    found = [Run(*row) for row in rows]
    by_id = {run.id: run for run in found}
    counted = read.all(
        "SELECT run_id, state, outcome, currency, count(*), sum(amount_minor)::bigint, max(settled_at) "
        "FROM reporting.capture_attempts WHERE run_id = ANY(%s) GROUP BY 1, 2, 3, 4",
        (list(by_id),),
    )
    for run_id_, state, outcome, currency, count, amount, ended in counted:
        run = by_id[run_id_]
        run.counts[state] = run.counts.get(state, 0) + count
        if outcome:
            run.outcomes[outcome] = run.outcomes.get(outcome, 0) + count
        if state == "succeeded":
            run.amounts[currency] = run.amounts.get(currency, 0) + amount
        if ended and (run.ended_at is None or ended > run.ended_at):
            object.__setattr__(run, "ended_at", ended)
    return found


def runs_of(read: Reader, event_id: str, limit: int) -> list[Share]:
    """What the last runs did for one event, newest first."""
    rows = read.all(
        "SELECT r.id::text, r.started_at, count(*), count(*) FILTER (WHERE state = 'succeeded'), "
        "count(*) FILTER (WHERE state IN ('requested', 'linked')), currency, "
        "coalesce(sum(amount_minor) FILTER (WHERE state = 'succeeded'), 0)::bigint "
        "FROM reporting.capture_attempts a JOIN reporting.capture_runs r ON r.id::text = a.run_id "
        "WHERE a.event_id = %s GROUP BY 1, 2, currency ORDER BY r.started_at DESC LIMIT %s",
        (event_id, limit),
    )
    return [Share(*row) for row in rows]


def open_and_asked(read: Reader, event_id: str, most: int) -> tuple[int, int]:
    """How many pre-orders of the event are still to be paid, and how many were asked to be; each `most` at most."""
    row = read.one(
        "SELECT (SELECT count(*) FROM (SELECT FROM reporting.member_orders WHERE event_id = %(event)s "
        "AND status IN ('placed', 'processing') LIMIT %(most)s) AS due), "
        "(SELECT count(*) FROM (SELECT FROM reporting.capture_attempts WHERE event_id = %(event)s "
        "LIMIT %(most)s) AS asked)",
        {"event": event_id, "most": most},
    )
    return (row[0], row[1]) if row else (0, 0)


def many_due(read: Reader, most: int) -> bool:
    """Whether more than so many pre-orders are still to be paid, of all events."""
    row = read.one(
        "SELECT count(*) FROM (SELECT FROM reporting.member_orders WHERE status IN ('placed', 'processing') "
        "LIMIT %s) AS due",
        (most,),
    )
    return bool(row) and row[0] >= most


def attempts(
    read: Reader, run_id: str, state: str | None, limit: int, after: int | None = None
) -> list[Attempt]:
    """In the order of the run."""
    rows = read.all(
        "SELECT position, order_id::text, event_id::text, amount_minor, currency, state, code, outcome, "
        "requested_at, settled_at FROM reporting.capture_attempts WHERE run_id = %s "
        "AND (%s::text IS NULL OR state = %s) AND position > %s ORDER BY position LIMIT %s",
        (run_id, state, state, after or 0, limit),
    )
    return [Attempt(*row) for row in rows]


def refunds(
    read: Reader, event_id: str | None, state: str | None, limit: int, after: int | None = None
) -> list[RefundRow]:
    """In the order in which they were asked for."""
    rows = read.all(
        "SELECT id::text, position, order_id::text, event_id::text, amount_minor, currency, origin, reason, "
        "actor, state, code, requested_at, settled_at FROM reporting.refunds "
        "WHERE (%s::uuid IS NULL OR event_id = %s::uuid) AND (%s::text IS NULL OR state = %s) AND position > %s "
        "ORDER BY position LIMIT %s",
        (event_id, event_id, state, state, after or 0, limit),
    )
    return [RefundRow(*row) for row in rows]


def cases(read: Reader, state: str | None, limit: int, before: int | None = None) -> list[CaseRow]:
    """Newest first."""
    rows = read.all(
        "SELECT id, position, order_id::text, event_id::text, kind, reason, state, opened_at, closed_at "
        "FROM reporting.cases WHERE (%s::text IS NULL OR state = %s) AND (%s::bigint IS NULL OR position < %s) "
        "ORDER BY position DESC LIMIT %s",
        (state, state, before, before, limit),
    )
    return [CaseRow(*row) for row in rows]
