"""A member's copy of everything that we hold about them (Art. 15 GDPR), for programs and for people."""

from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from harrystix.adapters.postgres.retention import RETENTION
from harrystix.adapters.web.parts import Parts
from harrystix.projections.catalogue import queries as catalogue
from harrystix.projections.member_orders import queries as member_orders

PAGES = Environment(
    loader=PackageLoader("harrystix.adapters.web"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
)
PROCESSORS = [
    {"who": "Stripe", "what": "payments, cards, refunds", "why": "to take and give back money"},
    {"who": "Postmark", "what": "your address and the mails to you", "why": "to send you mails"},
]
# Columns that are shown are named: a new one is not given away by accident, nor forgotten by the test of this list.
OF_ORDERS = {
    "payments": "SELECT id, amount_minor, currency, state, recorded_at FROM reporting.payments "
    "WHERE order_id = ANY(%s::uuid[]) ORDER BY recorded_at",
    "refunds": "SELECT id::text, amount_minor, currency, state, reason, requested_at, settled_at "
    "FROM reporting.refunds WHERE order_id = ANY(%s::uuid[]) ORDER BY requested_at",
    "disputes": "SELECT id, kind, reason, state, opened_at, closed_at FROM reporting.cases "
    "WHERE order_id = ANY(%s::uuid[]) ORDER BY opened_at",
    "mails": "SELECT intent_id::text, state, settled_at FROM app.mail_ledger "
    "WHERE order_id = ANY(%s::uuid[]) ORDER BY settled_at",
}


def copy_of(own: Parts, member_id: str, now: datetime) -> dict[str, Any]:
    """Credentials of tickets are not in it: they are shown one by one, each time on record."""
    member = own.context.members.reveal([member_id]).get(member_id)
    orders = member_orders.of_member(own.database, member_id)
    ids = [order.id for order in orders]
    events = catalogue.some(own.database, list({order.event_id for order in orders}))
    sessions = own.context.people.sessions.of("member", member_id, now)
    return {
        "madeAt": now.isoformat(),
        "you": {"id": member_id, "name": member.name, "email": member.email} if member else {"id": member_id},
        "preOrders": [_order(order, events.get(order.event_id)) for order in orders],
        **{name: _rows(own, query, (ids,)) for name, query in OF_ORDERS.items()},
        "sessions": [
            {"device": one.device, "since": _text(one.created_at), "lastSeen": _text(one.seen_at)}
            for one in sessions
        ],
        "passkeys": [
            {"since": _text(one.created_at), "lastUsed": _text(one.used_at), "synced": one.synced}
            for one in own.context.people.passkeys.of("member", member_id)
        ],
        "paymentProvider": {"customer": own.context.customers.find(member_id)},
        "fromWhere": [
            {"at": _text(at), "from": origin.ip, "with": origin.user_agent}
            for at, origin in own.requests.by(f"member:{member_id}")
        ],
        "whatHappened": _happened(own, member_id, ids),
        "processors": PROCESSORS,
        "keptFor": [
            {"what": kept.what, "days": kept.keep.total_seconds() / 86400, "why": kept.why}
            for kept in RETENTION
        ],
    }


def as_page(copy: dict[str, Any]) -> str:
    return PAGES.get_template("copy-of-me.html").render(copy=copy)


def _order(order: member_orders.MemberOrder, event: catalogue.EventRow | None) -> dict[str, Any]:
    names = {variant.id: variant.name for variant in event.variants} if event else {}
    return {
        "id": order.id,
        "event": event.name if event else "",
        "startsAt": _text(event.starts_at) if event else None,
        "variant": names.get(order.variant_id, ""),
        "priceMinor": order.price_minor,
        "currency": order.currency,
        "status": order.shown,
        "placedAt": _text(order.placed_at),
        "paidAt": _text(order.confirmed_at),
        "ticketSince": _text(order.assigned_at),
        "mail": order.delivery,
    }


def _happened(own: Parts, member_id: str, order_ids: list[str]) -> list[dict[str, Any]]:
    """What the log has on these pre-orders, and what the member did, with the member's own origins."""
    rows = own.database.all(
        "SELECT recorded_at, action, actor, command_id, position FROM reporting.assignment_logs "
        "WHERE pre_order_id = ANY(%s::uuid[]) UNION "
        "SELECT recorded_at, action, actor, command_id, position FROM reporting.assignment_logs "
        "WHERE action LIKE 'StaffMember.View%%' AND details->>'member_id' = %s ORDER BY position",
        (order_ids, member_id),
    )
    mine = f"member:{member_id}"
    origins = own.requests.of([row[3] for row in rows if row[2] == mine])
    found: list[dict[str, Any]] = []
    for at, action, actor, command_id, _ in rows:
        line: dict[str, Any] = {
            "at": _text(at),
            "what": action,
            "by": "you" if actor == mine else _who(actor),
        }
        if origin := origins.get(command_id):
            line |= {"from": origin.ip, "with": origin.user_agent}
        found.append(line)
    return found


def _who(actor: str) -> str:
    """Who of the staff it was is theirs."""
    return "our staff" if actor.startswith("staff:") else actor


def _rows(own: Parts, query: Any, params: tuple[Any, ...]) -> list[dict[str, Any]]:
    with own.database.cursor() as cursor:
        rows = cursor.execute(query, params).fetchall()
        names = [column.name for column in cursor.description or ()]
    return [{name: _text(value) for name, value in zip(names, row, strict=True)} for row in rows]


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
