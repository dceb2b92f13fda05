"""Making mails: each by itself, so that one that can't be made is one that is not sent."""

from collections.abc import Sequence

import structlog

from harrystix.application.context import Context
from harrystix.application.mail_ports import MailResults, TicketMail
from harrystix.application.ports import Due, Member
from harrystix.application.processes import notices
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent

log = structlog.get_logger()
NOTHING = "nothing_to_send"


def compose(
    context: Context, batch_id: str, due: Sequence[Due], orders: dict[str, PreOrder]
) -> tuple[MailResults, list[TicketMail]]:
    """(what is known of some of them already, mails for the others)."""
    results = MailResults()
    wanted: list[tuple[Due, PreOrder]] = []
    for item in due:
        order = orders.get(str(item.details["order_id"]))
        if order is not None and order.may_send(item.subject):
            wanted.append((item, order))
        else:
            results.cancelled.add(item.subject)
    events = context.store.get_many(TicketedEvent, {order.event_id for _, order in wanted})
    members = context.members.reveal({order.member_id for _, order in wanted})
    secrets = context.tickets.reveal(
        [order.ticket_id for item, order in wanted if not item.details.get("notice")]
    )
    mails: list[TicketMail] = []
    for item, order in wanted:
        member, event = members.get(order.member_id), events.get(order.event_id)
        secret = secrets.get(order.ticket_id)
        if member is None or event is None or (secret is None and not item.details.get("notice")):
            # Gone, or sealed so that our keys do not open it: a person has to look at that.
            results.later[item.subject] = NOTHING
            continue
        try:
            mails.append(_mail(context, batch_id, item, order, event, member, secret or ()))
        except Exception as error:
            log.error("mail.not_made", order_id=str(order.id), error=type(error).__name__)
            results.later[item.subject] = "not_made"
    if len(wanted) > 1 and set(results.later.values()) == {NOTHING} and len(results.later) == len(wanted):
        # Not one of several opens: that is said of our keys, and of none of these mails.
        results.untried, results.outage = set(results.later), "sealed"
        results.later.clear()
    return results, mails


def template_of(item: Due) -> str:
    return str(item.details.get("notice") or "ticket")


def _mail(
    context: Context,
    batch_id: str,
    item: Due,
    order: PreOrder,
    event: TicketedEvent,
    member: Member,
    secret: tuple[str, ...],
) -> TicketMail:
    template = template_of(item)
    if template == "ticket":
        model = ticket_model(event.name, event.variant_name(order.ticket_variant), secret)
    else:
        model = notices.model(context, template, order, event, item.details)
    if template != "ticket":
        return TicketMail(item.subject, batch_id, member.email, model, template)
    mark = context.tickets.fingerprint(secret).hex()
    return TicketMail(item.subject, batch_id, member.email, model, template, order.event_id, mark)


def ticket_model(event: str, variant: str, secret: tuple[str, ...]) -> dict[str, str]:
    """The values of the ticket's template."""
    return {
        "event_name": event,
        "variant": variant,
        "ticket_email": secret[0] if len(secret) > 1 else "",
        "ticket_password": secret[1] if len(secret) > 1 else "",
        "ticket_qr": secret[0] if len(secret) == 1 else "",
    }
