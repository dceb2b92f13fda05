"""Mails beside the provider's: what left in a life that our log forgot, so that no ticket of it goes to somebody else.

After a restore, or a failover that lost something, the files of the lost time are uploaded again, and their tickets
look new. The provider knows better: each of its mails names its intent, and the ticket in it by a keyed mark.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.handlers.money import note_what_leaves
from harrystix.application.mail_ports import SentMail
from harrystix.domain.ids import pool_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.values import By

log = structlog.get_logger()
ACTOR, WHY = "system:reconciliation", "mailed in a time that the log has lost"
BATCH = 500
# A mail that has just left may not be in the ledger's committed rows yet.
GRACE = timedelta(minutes=2)


@dataclass
class MailReport:
    """`unknown`: mails that the ledger does not know. `voided`: their tickets that were in stock again, or with
    somebody whose mail had not left; `doubled`: with somebody who has got it as well. `unreadable`: without a mark.
    """

    since: datetime
    looked_at: int = 0
    unknown: list[SentMail] = field(default_factory=list[SentMail])
    voided: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])


def reconcile_mails(context: Context, since: datetime, *, grace: timedelta = GRACE) -> MailReport:
    """Freeze every credential that left without the ledger knowing. Again is well. Raises Later.

    `grace`: younger mails may still be about to get into the ledger.
    """
    report = MailReport(since)
    batch: list[SentMail] = []
    now = context.clock.now()
    for mail in context.mailer.sent_since(since):
        report.looked_at += 1
        if mail.template == "ticket" and now - mail.at >= grace:
            batch.append(mail)
        if len(batch) == BATCH:
            _look_at(context, batch, report)
            batch = []
    _look_at(context, batch, report)
    if report.unknown:
        log.error(
            "mails.unknown",
            mails=len(report.unknown),
            voided=len(report.voided),
            doubled=len(report.doubled),
            unreadable=len(report.unreadable),
        )
    return report


def mails_due(context: Context, every: timedelta) -> MailReport | None:
    """The last hour, each quarter of an hour; what a lossy failover forgot is found without anybody asking."""
    now = context.clock.now()
    last = context.provider_reads.until("mails")
    if last is not None and now - last < every:
        return None
    report = reconcile_mails(context, min(last or now, now) - timedelta(hours=1))
    context.provider_reads.note("mails", now)
    return report


def _look_at(context: Context, batch: list[SentMail], report: MailReport) -> None:
    ids = [mail.intent_id for mail in batch if _is_id(mail.intent_id)]
    states = context.ledger.states(ids)
    record_found(
        context,
        {mail.intent_id: mail.message_id for mail in batch if states.get(mail.intent_id) == "failed"},
    )
    for mail in batch:
        if states.get(mail.intent_id) in {"accepted", "delivered", "bounced", "sending", "unknown"}:
            continue
        report.unknown.append(mail)
        if mail.credential and _is_id(mail.event_id):
            _freeze(context, mail, report)
        else:
            report.unreadable.append(mail.message_id)


def record_found(context: Context, found: dict[str, str]) -> set[str]:
    """Mails that are out although they were called off, or given up, get into the log; intent -> message id.

    Returns those that a pre-order has asked for.
    """
    orders = context.ledger.orders(list(found))
    for intent, order_id in orders.items():
        by = context.by(ACTOR, f"found/{intent}")

        def work(intent: str = intent, order_id: str = order_id, by: By = by) -> None:
            order = context.store.get(PreOrder, order_id)
            order.record_mail_accepted(by, intent)
            context.store.commit(order, together=[context.ledger.found({intent: found[intent]})])

        context.store.run(by, lambda order_id=order_id: [UUID(order_id)], work)
    return set(orders)


def _freeze(context: Context, mail: SentMail, report: MailReport) -> None:
    mark = bytes.fromhex(mail.credential)
    # Of an event that the log has lost, the credential may come back under any.
    known = mail.event_id in context.store.get_many(TicketedEvent, [mail.event_id])
    context.tickets.note_known([(mail.event_id if known else "", mark)])
    for ticket in context.tickets.holding(mail.event_id, mark):
        by = context.by(ACTOR, f"known/{ticket}/{mail.message_id}")
        outcome = context.store.run(
            by,
            lambda: [pool_id(mail.event_id)],
            lambda ticket=ticket, by=by: _take_out(context, by, mail, ticket),
        )
        if outcome == "voided":
            report.voided.append(ticket)
        elif outcome == "doubled":
            report.doubled.append(ticket)
            log.error("mails.doubled", ticket_id=ticket)


def _take_out(context: Context, by: By, mail: SentMail, ticket: str) -> str:
    """What came of it: voided, doubled, or nothing to do."""
    pool = context.store.check_out(mail.event_id, by)
    if ticket not in pool.tickets or pool.tickets[ticket][3] in {"void", "used", "erased"}:
        return ""
    touched: list[PreOrder] = []
    recalled: list[str] = []
    if holder := pool.order_of.get(ticket, ""):
        order = context.store.get(PreOrder, holder)
        note_what_leaves(context, [order])
        if not order.unseen:
            return "" if mail.intent_id in order.ticket_intents else "doubled"
        recalled = [order.due_intent]
        order.revoke_assignment(by, assignment_id=order.assignment_id, reason=WHY)
        pool.revoke(by, [holder], WHY)
        if order.frozen:
            pool.remove_order(by, holder, "frozen")
        touched = [order]
    pool.void(by, [ticket], WHY)
    context.store.commit(pool, *touched, together=[context.ledger.recall(recalled)])
    context.store.check_in(pool)
    return "voided"


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
