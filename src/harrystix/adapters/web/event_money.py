"""Giving the money of a whole event back: who may do it alone, and what waits for a second person."""

from harrystix.adapters.web.access import Write
from harrystix.adapters.web.second import ask_second
from harrystix.application.processes import bulk_refunds
from harrystix.domain.ticketed_event import TicketedEvent


def order(
    command: Write, event_id: str, *, scope: str, reason: str, orders: int, amount: int, fingerprint: str
) -> str | None:
    """The approval that it waits for, None where it goes on at once. Raises OutOfDate, NotFound, InvalidValue."""
    context, alone = command.parts.context, command.parts.settings.refund_alone
    context.store.get(TicketedEvent, event_id)
    planned = bulk_refunds.plan(context, event_id, scope)
    # The rest of a payment after a part of it is as much as all of it at once.
    rest = any(line.before_minor and line.before_minor + line.amount_minor > alone for line in planned)
    if rest or amount > alone:
        bulk_refunds.as_shown(planned, orders=orders, amount=amount, fingerprint=fingerprint)
        details = {"scope": scope, "orders": orders, "amount_minor": amount, "fingerprint": fingerprint}
        return ask_second(
            command, kind="refunds", subject=event_id, reason=reason, details=details, event_id=event_id
        )
    bulk_refunds.order(
        context,
        command.by,
        event_id,
        scope=scope,
        reason=reason,
        orders=orders,
        amount=amount,
        fingerprint=fingerprint,
    )
    return None
