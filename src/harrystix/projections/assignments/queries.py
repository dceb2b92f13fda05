"""Pages of pre-orders with their tickets, newest first, by keyset on the log position."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from harrystix.domain.pre_order_events import Status
from harrystix.projections.assignments.project import NOBODY
from harrystix.projections.queries import Reader


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    position: int
    pre_order_id: str
    event_id: str
    member_id: str
    variant_id: str
    status: str
    placed_at: datetime
    confirmed_at: datetime | None
    ticket_id: str | None
    assignment_id: str | None
    ticket_variant_id: str | None
    rule: str | None
    assigned_at: datetime | None
    upload_id: str | None
    delivery_status: str | None
    mailed_at: datetime | None


TROUBLE = "trouble"
# What people count together: who has paid and kept it, and who of them has no ticket yet.
QUEUE = (Status.CONFIRMED, Status.WAITING)
GROUPS = {"in_queue": QUEUE, "has_paid": (*QUEUE, Status.ASSIGNED, Status.FULFILLED, Status.USED)}


@dataclass(frozen=True, slots=True)
class Filters:
    """`status`: one, or of GROUPS. `delivery`: a status, or TROUBLE: the last mail did not arrive.

    `since` (with it) and `before` (without it) are about when a pre-order was placed.
    """

    event_id: str | None = None
    status: str | None = None
    member_id: str | None = None
    variant_id: str | None = None
    delivery: str | None = None
    within: list[str] | None = None
    since: datetime | None = None
    before: datetime | None = None
    # Names of those above that are meant the other way round: all but these.
    without: frozenset[str] = frozenset()


SELECT = (
    "SELECT o.position, o.id::text, o.event_id::text, o.member_id::text, o.variant, o.status, o.placed_at, "
    "o.confirmed_at, a.ticket_id::text, a.id::text, a.variant, a.rule, a.created_at, a.upload_id::text, "
    "a.delivery_status, a.mailed_at "
    "FROM reporting.pre_orders o LEFT JOIN reporting.ticket_assignments a ON a.id = o.assignment_id"
)
IDS_OF = "SELECT o.id::text, o.event_id FROM reporting.pre_orders o"
IDS_WITH_MAIL = f"{IDS_OF} LEFT JOIN reporting.ticket_assignments a ON a.id = o.assignment_id"


def page(read: Reader, filters: Filters, limit: int, before: int | None = None) -> list[AssignmentRow]:
    where, params = _where(read, filters, before)
    rows = read.all(f"{SELECT} WHERE {where} ORDER BY o.position DESC LIMIT %s", [*params, limit])
    return [AssignmentRow(*row) for row in rows]


def ids(read: Reader, filters: Filters, limit: int) -> list[str]:
    """By event, the oldest first within each: those of one event are done together."""
    where, params = _where(read, filters, None)
    start = IDS_WITH_MAIL if filters.delivery else IDS_OF
    rows = read.all(f"{start} WHERE {where} ORDER BY o.position LIMIT %s", [*params, limit])
    events = {event: number for number, event in enumerate(dict.fromkeys(row[1] for row in rows))}
    return [row[0] for row in sorted(rows, key=lambda row: events[row[1]])]


def _where(read: Reader, filters: Filters, before: int | None) -> tuple[str, list[Any]]:
    conditions = ["true"]
    params: list[Any] = []
    one_event = filters.event_id and "event_id" not in filters.without
    if filters.status:
        conditions.append("o.status = ANY(%s)")
        params.append(_statuses(filters))
    if filters.status and not (one_event or filters.member_id):
        # The same once more, where a rare one is found without a walk through all.
        wanted = _statuses(filters)
        if wanted == [Status.ERASED]:
            conditions.append(OF_NOBODY)
        elif Status.ERASED not in wanted or _rare(read, wanted):
            conditions.append(OF_STATUS if Status.ERASED not in wanted else OF_STATUS_OR_ERASED)
            params.append(wanted)
    for name, column, value in (
        ("event_id", "o.event_id", filters.event_id),
        ("member_id", "o.member_id", filters.member_id),
        ("variant_id", "o.variant", filters.variant_id),
        ("delivery", "a.delivery_status", filters.delivery if filters.delivery != TROUBLE else None),
    ):
        if value is not None:
            compared = "IS DISTINCT FROM" if name in filters.without else "="
            conditions.append(f"{column} {compared} %s")
            params.append(value)
    for comparison, limit in (
        ("o.position <", before),
        ("o.placed_at >=", filters.since),
        ("o.placed_at <", filters.before),
        ("o.position >=", _edge(read, SINCE, filters.since)),
        ("o.position <=", _edge(read, BEFORE, filters.before)),
    ):
        if limit is not None:
            conditions.append(f"{comparison} %s")
            params.append(limit)
    if filters.within is not None:
        conditions.append("o.event_id = ANY(%s::uuid[])")
        params.append(filters.within)
    if filters.delivery == TROUBLE and "delivery" in filters.without:
        conditions.append("o.id NOT IN (SELECT pre_order_id FROM reporting.delivery_trouble)")
    elif filters.delivery in {"bounced", "failed", TROUBLE} and "delivery" not in filters.without:
        conditions.append("o.id IN (SELECT pre_order_id FROM reporting.delivery_trouble)")
    return " AND ".join(conditions), params


OF_STATUS = "o.id IN (SELECT id FROM reporting.member_orders WHERE status = ANY(%s))"
# Who is erased is no member's any more.
OF_NOBODY = f"o.member_id = '{NOBODY}'"
OF_STATUS_OR_ERASED = (
    "o.id IN (SELECT id FROM reporting.member_orders WHERE status = ANY(%s) "  # noqa: S608  a constant
    f"UNION ALL SELECT id FROM reporting.pre_orders WHERE member_id = '{NOBODY}')"
)
# So few are better found one by one than on the way through all.
FEW = 20_000
# From when to where in the list: both grow together, but for the clocks of processes, which do not differ by an hour.
SINCE = (
    "SELECT min(position) FROM reporting.pre_orders WHERE placed_at >= %(at)s AND placed_at <= "
    "(SELECT min(placed_at) FROM reporting.pre_orders WHERE placed_at >= %(at)s) + interval '1 hour'"
)
BEFORE = (
    "SELECT max(position) FROM reporting.pre_orders WHERE placed_at < %(at)s AND placed_at >= "
    "(SELECT max(placed_at) FROM reporting.pre_orders WHERE placed_at < %(at)s) - interval '1 hour'"
)


def _edge(read: Reader, query: LiteralString, at: datetime | None) -> int | None:
    row = read.one(query, {"at": at}) if at else None
    return row[0] if row else None


def _statuses(filters: Filters) -> list[str]:
    others = "status" in filters.without
    meant = {str(one) for one in GROUPS.get(str(filters.status), ())} or {filters.status}
    return [str(status) for status in Status if (status in meant) is not others]


def _rare(read: Reader, statuses: list[str]) -> bool:
    row = read.one(
        "SELECT count(*) FROM (SELECT FROM reporting.member_orders WHERE status = ANY(%s) LIMIT %s) AS found",
        (statuses, FEW),
    )
    return bool(row) and row[0] < FEW


def by_start(
    read: Reader, letters: str, limit: int, within: list[str] | None = None
) -> list[tuple[str, str, str]]:
    """(pre-order, event, what the id is of: "pre-order" or "ticket") whose id begins so; `letters`: hexadecimal."""
    first, last = (UUID(letters.ljust(32, filling)) for filling in "0f")
    orders = read.all(
        "SELECT id::text, event_id::text, 'pre-order' FROM reporting.pre_orders "
        "WHERE id BETWEEN %s AND %s AND (%s::uuid[] IS NULL OR event_id = ANY(%s::uuid[])) ORDER BY id LIMIT %s",
        (first, last, within, within, limit),
    )
    tickets = read.all(
        "SELECT pre_order_id::text, event_id::text, 'ticket' FROM reporting.ticket_assignments "
        "WHERE ticket_id BETWEEN %s AND %s AND status <> 'revoked' "
        "AND (%s::uuid[] IS NULL OR event_id = ANY(%s::uuid[])) ORDER BY ticket_id LIMIT %s",
        (first, last, within, within, limit),
    )
    return [*orders, *tickets][:limit]


def by_ids(read: Reader, pre_order_ids: list[str]) -> list[AssignmentRow]:
    rows = read.all(f"{SELECT} WHERE o.id = ANY(%s::uuid[])", (pre_order_ids,))
    return [AssignmentRow(*row) for row in rows]


def order_of_ticket(read: Reader, ticket_id: str) -> str | None:
    """The pre-order that holds this ticket now."""
    row = read.one(
        "SELECT pre_order_id FROM reporting.ticket_assignments "
        "WHERE ticket_id = %s AND status <> 'revoked' ORDER BY position DESC LIMIT 1",
        (ticket_id,),
    )
    return str(row[0]) if row else None


def event_of(read: Reader, ticket_id: str) -> str | None:
    """The event that a ticket is for; None also for what is no id."""
    try:
        wanted = UUID(ticket_id)
    except ValueError:
        return None
    row = read.one("SELECT event_id FROM reporting.tickets WHERE id = %s", (wanted,))
    return str(row[0]) if row else None
