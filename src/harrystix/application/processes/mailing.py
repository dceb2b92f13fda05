"""Mailing: an intent leaves at most once, except where nobody knows and the look-up finds nothing."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.mail_ports import MailResults, TicketMail
from harrystix.application.points import point
from harrystix.application.ports import Due
from harrystix.application.processes import notices
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticketed_event import TicketedEvent

BATCH = 500
TRIES = 3
ACTOR = "system:mailer"


def send_due(context: Context, *, seconds: float = 20) -> int:
    """Send what is due, in batches, for at most `seconds`; returns the number of mails accepted."""
    sent = 0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.monotonic()
        due = context.due.claim("mail", BATCH, context.mail_lease)
        due = _ripe(context, due)
        if not due:
            return sent
        batch_id = str(context.ids.new())
        mine = context.ledger.begin(batch_id, due)
        rest = [item for item in due if item.subject not in mine]
        if rest:
            _settle_unknown(context, rest)
        fresh = [item for item in due if item.subject in mine]
        if fresh:
            sent += send(context, batch_id, fresh, started)
    context.nudge.send("mail", "")
    return sent


def _ripe(context: Context, due: Sequence[Due]) -> list[Due]:
    """What may leave now; the rest, given by hand a moment ago, comes again at its time."""
    now = context.clock.now()
    ripe: list[Due] = []
    for item in due:
        not_before = item.details.get("not_before")
        early = (datetime.fromisoformat(str(not_before)) - now).total_seconds() if not_before else 0
        if early > 0:
            context.due.defer("mail", [item.subject], early)
        else:
            ripe.append(item)
    return ripe


def send(context: Context, batch_id: str, due: Sequence[Due], started: float) -> int:
    """One batch that this caller holds in the ledger since `started`; returns the number accepted."""
    results = MailResults()
    # Loaded after the ledger row is written: who recalls a mail either comes before that row, or sees it.
    orders = context.store.get_many(PreOrder, [str(item.details["order_id"]) for item in due])
    wanted: list[Due] = []
    for item in due:
        order = orders.get(str(item.details["order_id"]))
        if order is not None and order.may_send(item.subject):
            wanted.append(item)
        else:
            results.refused[item.subject] = "superseded" if item.details.get("notice") else "not_due"
    mails = _compose(context, batch_id, wanted, orders, results)
    if time.monotonic() - started > context.mail_lease * 0.4:
        # Held up for so long that somebody else may have taken over: then it is theirs to send.
        return 0
    if mails:
        _merge(results, context.mailer.send(mails))
        point("mail.after_send_before_record")
    _record(context, due, results, loaded=orders)
    return len(results.accepted)


def _compose(
    context: Context, batch_id: str, due: Sequence[Due], orders: dict[str, PreOrder], results: MailResults
) -> list[TicketMail]:
    events = context.store.get_many(TicketedEvent, {item.event_id for item in due})
    members = context.members.reveal({orders[str(item.details["order_id"])].member_id for item in due})
    with_ticket = [item for item in due if not item.details.get("notice")]
    secrets = context.tickets.reveal([orders[str(i.details["order_id"])].ticket_id for i in with_ticket])
    names = {event_id: {v["id"]: v["name"] for v in event.variants} for event_id, event in events.items()}
    mails: list[TicketMail] = []
    for item in due:
        order = orders[str(item.details["order_id"])]
        member, secret = members.get(order.member_id), secrets.get(order.ticket_id)
        event, notice = events[order.event_id], str(item.details.get("notice") or "")
        if member is None or (secret is None and not notice):
            results.refused[item.subject] = "nothing_to_send"
            continue
        model = (
            notices.model(context, notice, order, event, item.details)
            if notice
            else ticket_model(event.name, names[order.event_id].get(order.ticket_variant, ""), secret or ())
        )
        mails.append(TicketMail(item.subject, batch_id, member.email, model, notice or "ticket"))
    return mails


def ticket_model(event: str, variant: str, secret: tuple[str, ...]) -> dict[str, str]:
    """The values of the ticket's template."""
    return {
        "event_name": event,
        "variant": variant,
        "ticket_email": secret[0] if len(secret) > 1 else "",
        "ticket_password": secret[1] if len(secret) > 1 else "",
        "ticket_qr": secret[0] if len(secret) == 1 else "",
    }


def _settle_unknown(context: Context, due: Sequence[Due]) -> None:
    """Somebody marked these as sending and was not heard of again: ask the provider before anything else."""
    held = context.ledger.take_over([item.subject for item in due], context.mail_lease - 2)
    for batch_id in set(held.values()):
        intents = {intent for intent, batch in held.items() if batch == batch_id}
        found = context.mailer.find(batch_id)
        if found is None:
            continue
        results = MailResults(accepted={i: message for i, message in found.items() if i in intents})
        results.unknown = intents - set(found)
        _record(context, [item for item in due if item.subject in intents], results, looked_up=True)


def _record(
    context: Context,
    due: Sequence[Due],
    results: MailResults,
    *,
    looked_up: bool = False,
    loaded: dict[str, PreOrder] | None = None,
) -> None:
    """Ledger and log together, whatever else happens to these pre-orders meanwhile."""
    attempts = context.ledger.attempts([*results.later, *results.unknown])
    tried = [*results.later, *(results.unknown if looked_up else ())]
    gave_up = {i: "gave_up" for i in tried if attempts.get(i, 0) >= TRIES}
    failed = {i: code for i, code in (results.refused | gave_up).items() if code != "not_due"}
    again = [i for i in results.later if i not in gave_up]
    by_intent = {item.subject: item for item in due}
    by = context.by(ACTOR)
    together = [
        context.ledger.accepted(results.accepted),
        context.ledger.failed(results.refused | gave_up),
        context.ledger.retry_later(again, "later"),
    ]
    if looked_up:
        not_found = sorted(results.unknown - set(gave_up))
        together.append(context.ledger.retry_later(not_found, "unknown", unknown=True))
    touched = [str(by_intent[i].details["order_id"]) for i in [*results.accepted, *failed]]

    known = [{order: loaded[order] for order in touched}] if loaded else []

    def work() -> None:
        # What was loaded a moment ago will do, unless somebody changed it: then the save says so.
        orders = known.pop() if known else context.store.get_many(PreOrder, touched)
        # Whose ticket no mail has brought yet.
        told = {
            order_id: orders[order_id].member_id
            for order_id in (_ticket_of(by_intent[intent]) for intent in results.accepted)
            if order_id and orders[order_id].status is Status.ASSIGNED
        }
        for intent in results.accepted:
            item = by_intent[intent]
            caused = replace(by, cause_id=item.cause_id)
            orders[str(item.details["order_id"])].record_mail_accepted(caused, intent)
        for intent, code in failed.items():
            item = by_intent[intent]
            caused = replace(by, cause_id=item.cause_id)
            orders[str(item.details["order_id"])].record_mail_failed(caused, intent, code)
        context.store.commit(*orders.values(), together=[*together, context.push.offer(told)])

    context.store.run(by, lambda: [UUID(order) for order in touched[:1]], work)
    if results.accepted and context.push.waiting():
        context.nudge.send("push", "")
    for attempt in range(1, TRIES):
        waiting = [i for i in again if attempts.get(i, 0) == attempt]
        if waiting:
            context.due.defer("mail", waiting, max(results.retry_after, 2.0 * 4 ** (attempt - 1)))
    if looked_up and results.unknown:
        context.due.defer("mail", sorted(results.unknown), 0)


def _ticket_of(item: Due) -> str:
    """The pre-order of a mail with a ticket; empty for one about money."""
    return "" if item.details.get("notice") else str(item.details["order_id"])


def _merge(results: MailResults, sent: MailResults) -> None:
    results.accepted |= sent.accepted
    results.refused |= sent.refused
    results.later |= sent.later
    results.unknown |= sent.unknown
    results.retry_after = sent.retry_after
