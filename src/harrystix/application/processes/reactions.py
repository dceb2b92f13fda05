"""What becomes due because of what happened. Pure; a follower writes it down with its position.

Due work is a function of the log: a row is there from the fact that asks for it to the fact that settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from harrystix.application.dispatch import Dispatch
from harrystix.application.ports import Due
from harrystix.domain import approval_events as approvals
from harrystix.domain import bulk_job_events as jobs
from harrystix.domain import capture_run_events as run
from harrystix.domain import card_events as cards
from harrystix.domain import erasure_events as erasures
from harrystix.domain import event_refunds_events as bulk
from harrystix.domain import notice_events as notices
from harrystix.domain import payment_events as money
from harrystix.domain import pool_events as pool
from harrystix.domain import pre_order_events as order
from harrystix.domain import ticketed_event_events as ticketed
from harrystix.domain import upload_events as upload
from harrystix.domain.base import Fact
from harrystix.domain.ids import intent_id

# The mail of a ticket that was given by hand: until then the hand can be taken back.
HELD = timedelta(seconds=20)
ORDER, RULES, MAIL, MATCH, COMPLETE = "order", "rules", "mail", "match", "complete"
OVER = {"succeeded", "failed", "canceled"}
CAPTURE, REFUND, RUN, REFUNDS, END_PAYMENT = "capture", "refund", "run", "refunds", "end_payment"
APPROVED, ERASE, BULK = "approved", "erase", "bulk"
# Pieces of work, each with its own row: what failed of one is over with it.
PIECES = (MAIL, COMPLETE, CAPTURE, REFUND, RUN, REFUNDS, END_PAYMENT, APPROVED, ERASE, BULK)


@dataclass(frozen=True, slots=True)
class Settled:
    kind: str
    subjects: Sequence[str]


@dataclass(frozen=True, slots=True)
class Untried:
    """Tickets and pre-orders of an event that the matcher has not looked at: changed by, or now exactly."""

    event_id: str
    tickets: int
    orders: int
    absolute: bool = False


Reaction = Due | Settled | Untried


_reactions: Dispatch[None, list[Reaction]] = Dispatch()


def react(position: int, fact: Fact) -> Sequence[Reaction]:
    return _reactions(None, position, fact) or ()


@_reactions.on(order.PaymentConfirmed)
def _confirmed(_state: None, position: int, fact: order.PaymentConfirmed) -> list[Reaction]:
    details = {"variant_id": fact.variant_id, "confirmed_ms": int(fact.timestamp.timestamp() * 1000)}
    subject = str(fact.originator_id)
    return [
        Settled(CAPTURE, [subject]),
        Due(ORDER, subject, fact.event_id, position, fact.timestamp, fact.command_id, details),
    ]


@_reactions.on(order.TicketAssigned)
def _assigned(_state: None, position: int, fact: order.TicketAssigned) -> list[Reaction]:
    due = _mail(position, fact, intent_id(fact.assignment_id, 1), 1)
    if fact.rule == "manual":
        due.details["not_before"] = (fact.timestamp + HELD).isoformat()
    return [due]


@_reactions.on(order.ResendRequested)
def _resend(_state: None, position: int, fact: order.ResendRequested) -> list[Reaction]:
    return [_mail(position, fact, intent_id(fact.assignment_id, fact.number), fact.number)]


def _mail(position: int, fact: order.TicketAssigned | order.ResendRequested, intent: str, number: int) -> Due:
    details = {"order_id": str(fact.originator_id), "number": number, "assignment_id": fact.assignment_id}
    return Due(MAIL, intent, fact.event_id, position, fact.timestamp, fact.command_id, details)


@_reactions.on(order.TicketEmailAccepted, order.TicketEmailFailed, order.TicketEmailCancelled)
def _mail_settled(
    _state: None,
    _: int,
    fact: order.TicketEmailAccepted | order.TicketEmailFailed | order.TicketEmailCancelled,
) -> list[Reaction]:
    return [Settled(MAIL, [fact.intent_id])]


@_reactions.on(order.AssignmentRevoked)
def _revoked(_state: None, _: int, fact: order.AssignmentRevoked) -> list[Reaction]:
    return [Settled(MAIL, [fact.intent_id])] if fact.intent_id else []


@_reactions.on(ticketed.FallbackRuleChanged, ticketed.VariantAdded)
def _rules_changed(_state: None, position: int, fact: ticketed.Event) -> list[Reaction]:
    subject = str(fact.originator_id)
    details = {"version": fact.originator_version}
    return [Due(RULES, subject, subject, position, fact.timestamp, fact.command_id, details)]


@_reactions.on(pool.RulesAdopted)
def _rules_adopted(_state: None, _: int, fact: pool.RulesAdopted) -> list[Reaction]:
    return [
        Settled(RULES, [fact.event_id]),
        Untried(fact.event_id, fact.untried_tickets, fact.untried_orders, absolute=True),
    ]


@_reactions.on(pool.OrdersQueued)
def _queued(_state: None, _: int, fact: pool.OrdersQueued) -> list[Reaction]:
    return [Settled(ORDER, fact.order_ids), Untried(fact.event_id, 0, len(fact.order_ids))]


@_reactions.on(pool.TicketsAssigned)
def _matched(_state: None, _: int, fact: pool.TicketsAssigned) -> list[Reaction]:
    return [Untried(fact.event_id, -fact.fresh_tickets, -fact.fresh_orders)]


@_reactions.on(pool.AssignmentsRevoked)
def _undone(_state: None, _: int, fact: pool.AssignmentsRevoked) -> list[Reaction]:
    return [Untried(fact.event_id, len(fact.ticket_ids) - len(fact.still_held), len(fact.order_ids))]


@_reactions.on(upload.Committed)
def _committed(_state: None, position: int, fact: upload.Committed) -> list[Reaction]:
    subject = str(fact.originator_id)
    details = {"events": sorted(fact.tickets)}
    return [Due(COMPLETE, subject, "", position, fact.timestamp, fact.command_id, details)]


@_reactions.on(upload.Completed, upload.Withdrawn)
def _upload_over(_state: None, _: int, fact: upload.Completed | upload.Withdrawn) -> list[Reaction]:
    return [Settled(COMPLETE, [str(fact.originator_id)])]


@_reactions.on(pool.TicketsAdded)
def _added(_state: None, _: int, fact: pool.TicketsAdded) -> list[Reaction]:
    return [Untried(fact.event_id, len(fact.ticket_ids), 0)]


@_reactions.on(pool.TicketsMarkedUnmatched)
def _unmatched(_state: None, _: int, fact: pool.TicketsMarkedUnmatched) -> list[Reaction]:
    return [Untried(fact.event_id, -len(fact.ticket_ids), 0)]


@_reactions.on(pool.OrdersMarkedWaiting)
def _waiting(_state: None, _: int, fact: pool.OrdersMarkedWaiting) -> list[Reaction]:
    return [Untried(fact.event_id, 0, -len(fact.order_ids))]


@_reactions.on(pool.TicketsVoided)
def _voided(_state: None, _: int, fact: pool.TicketsVoided) -> list[Reaction]:
    return [Untried(fact.event_id, -fact.fresh, 0)]


@_reactions.on(pool.OrderRemoved)
def _removed(_state: None, _: int, fact: pool.OrderRemoved) -> list[Reaction]:
    return [Untried(fact.event_id, 0, -fact.fresh)]


@_reactions.on(pool.OrderReturned)
def _returned(_state: None, _: int, fact: pool.OrderReturned) -> list[Reaction]:
    return [Untried(fact.event_id, 0, 1)]


@_reactions.on(run.Started)
def _run(_state: None, position: int, fact: run.Started) -> list[Reaction]:
    return [Due(RUN, str(fact.originator_id), "", position, fact.timestamp, fact.command_id)]


@_reactions.on(run.Enumerated)
def _enumerated(_state: None, _: int, fact: run.Enumerated) -> list[Reaction]:
    return [Settled(RUN, [str(fact.originator_id)])]


@_reactions.on(money.CaptureRequested)
def _capture(_state: None, position: int, fact: money.CaptureRequested) -> list[Reaction]:
    subject = str(fact.originator_id)
    details = {"attempt": fact.attempt, "run_id": fact.run_id}
    return [Due(CAPTURE, subject, fact.event_id, position, fact.timestamp, fact.command_id, details)]


@_reactions.on(money.CaptureDeclined, money.CaptureGivenUp)
def _not_captured(
    _state: None, position: int, fact: money.CaptureDeclined | money.CaptureGivenUp
) -> list[Reaction]:
    left = _to_end(position, fact, fact.event_id) if isinstance(fact, money.CaptureGivenUp) else []
    return [Settled(CAPTURE, [str(fact.originator_id)]), *left, *_notice(position, fact, fact.event_id)]


@_reactions.on(money.PaymentsAbandoned)
def _abandoned(_state: None, position: int, fact: money.PaymentsAbandoned) -> list[Reaction]:
    return _to_end(position, fact, fact.event_id)


def _to_end(position: int, fact: Fact, event_id: str) -> list[Reaction]:
    return [Due(END_PAYMENT, str(fact.originator_id), event_id, position, fact.timestamp, fact.command_id)]


@_reactions.on(money.PaymentsEnded)
def _payments_ended(_state: None, _: int, fact: money.PaymentsEnded) -> list[Reaction]:
    return [Settled(END_PAYMENT, [str(fact.originator_id)])]


@_reactions.on(money.RefundRequested)
def _refund(_state: None, position: int, fact: money.RefundRequested) -> list[Reaction]:
    if fact.origin in {"provider", "dispute"}:
        return []
    details = {"order_id": str(fact.originator_id)}
    return [Due(REFUND, fact.refund_id, fact.event_id, position, fact.timestamp, fact.command_id, details)]


@_reactions.on(money.RefundMoved)
def _refunded(_state: None, position: int, fact: money.RefundMoved) -> list[Reaction]:
    # One that is still pending stays due: somebody has to ask how it went.
    over = [Settled(REFUND, [fact.refund_id])] if fact.state in OVER else []
    return [*over, *_notice(position, fact, fact.event_id)]


@_reactions.on(bulk.RefundsOrdered)
def _bulk(_state: None, position: int, fact: bulk.RefundsOrdered) -> list[Reaction]:
    subject = str(fact.originator_id)
    return [Due(REFUNDS, subject, subject, position, fact.timestamp, fact.command_id)]


@_reactions.on(bulk.RefundsFinished)
def _bulk_over(_state: None, _: int, fact: bulk.RefundsFinished) -> list[Reaction]:
    return [Settled(REFUNDS, [str(fact.originator_id)])]


@_reactions.on(notices.CardExpiring, cards.CardRemoved)
def _card(_state: None, position: int, fact: notices.CardExpiring | cards.CardRemoved) -> list[Reaction]:
    return _notice(position, fact, fact.event_id)


def _notice(position: int, fact: notices.Notifying, event_id: str) -> list[Reaction]:
    if not fact.notice:
        return []
    details = {"order_id": str(fact.originator_id), "notice": str(fact.notice)}
    if isinstance(fact, money.RefundMoved):
        details["amount_minor"] = str(fact.amount_minor)
    return [Due(MAIL, fact.intent, event_id, position, fact.timestamp, fact.command_id, details)]


@_reactions.on(money.Frozen, notices.NoticeSent, notices.NoticeFailed)
def _mail_over(
    _state: None, _: int, fact: money.Frozen | notices.NoticeSent | notices.NoticeFailed
) -> list[Reaction]:
    return [Settled(MAIL, [fact.intent_id])] if fact.intent_id else []


@_reactions.on(order.Erased)
def _erased(_state: None, _: int, fact: order.Erased) -> list[Reaction]:
    return [Settled(MAIL, fact.intent_ids), Settled(CAPTURE, [str(fact.originator_id)])]


@_reactions.on(approvals.Granted)
def _granted(_state: None, position: int, fact: approvals.Granted) -> list[Reaction]:
    return [Due(APPROVED, str(fact.originator_id), "", position, fact.timestamp, fact.command_id)]


@_reactions.on(approvals.CarriedOut)
def _carried_out(_state: None, _: int, fact: approvals.CarriedOut) -> list[Reaction]:
    return [Settled(APPROVED, [str(fact.originator_id)])]


@_reactions.on(jobs.Ordered, jobs.Released)
def _job(_state: None, position: int, fact: jobs.Ordered | jobs.Released) -> list[Reaction]:
    if isinstance(fact, jobs.Ordered) and fact.waits:
        return []
    return [Due(BULK, str(fact.originator_id), "", position, fact.timestamp, fact.command_id)]


@_reactions.on(jobs.Finished, jobs.Stopped)
def _job_over(_state: None, _: int, fact: jobs.Finished | jobs.Stopped) -> list[Reaction]:
    return [Settled(BULK, [str(fact.originator_id)])]


@_reactions.on(erasures.Ordered, erasures.OrderedAgain)
def _erase(_state: None, position: int, fact: erasures.Ordered | erasures.OrderedAgain) -> list[Reaction]:
    return [Due(ERASE, fact.member_id, "", position, fact.timestamp, fact.command_id)]


@_reactions.on(erasures.Completed)
def _erasure_over(_state: None, _: int, fact: erasures.Completed) -> list[Reaction]:
    return [Settled(ERASE, [fact.member_id])]


KINDS = _reactions.kinds
