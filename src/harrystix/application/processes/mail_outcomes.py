"""What became of mails gets into the log and the ledger together, whatever else happens to their pre-orders."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.mail_ports import MailResults
from harrystix.application.ports import Due
from harrystix.application.processes.work import together
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.values import By

# Outcomes that nobody knew, of a mail that was sent by itself while others were accepted; and failures to make one.
MOST_UNKNOWN, TRIES = 4, 3
ACTOR = "system:mailer"


def record(
    context: Context,
    batch_id: str,
    due: Sequence[Due],
    results: MailResults,
    *,
    looked_up: bool = False,
    loaded: dict[str, PreOrder] | None = None,
) -> None:
    """All at once, or where that fails one by one: what can't be recorded of one is that one's failure."""

    def record_some(few: Sequence[Due]) -> None:
        whole = len(few) == len(due)
        known = results if whole else results.only({item.subject for item in few})
        _record_all(context, batch_id, few, known, looked_up, loaded if whole else None)

    together(context, "mail", due, record_some)


def _record_all(
    context: Context,
    batch_id: str,
    due: Sequence[Due],
    results: MailResults,
    looked_up: bool,
    loaded: dict[str, PreOrder] | None,
) -> None:
    """Ledger and log together, whatever else happens to these pre-orders meanwhile."""
    attempts = context.ledger.attempts([*results.later])
    doubts = context.ledger.unknown_outcomes([*results.unknown]) if looked_up else {}
    gave_up = {i: code for i, code in results.later.items() if attempts.get(i, 0) >= TRIES}
    gave_up |= {i: "gave_up" for i in results.unknown if doubts.get(i, 0) + 1 >= MOST_UNKNOWN}
    failed = results.refused | gave_up
    again = [i for i in results.later if i not in gave_up]
    by_intent = {item.subject: item for item in due}
    by = context.by(ACTOR)
    touched = [
        str(by_intent[i].details["order_id"]) for i in [*results.accepted, *failed, *results.cancelled]
    ]
    known = [{order: loaded[order] for order in touched if order in loaded}] if loaded else []

    def work() -> None:
        # What was loaded a moment ago will do, unless somebody changed it: then the save says so.
        orders = known.pop() if known else context.store.get_many(PreOrder, touched)
        # Whose ticket no mail has brought yet.
        told = {
            order_id: orders[order_id].member_id
            for order_id in (_ticket_of(by_intent[intent]) for intent in results.accepted)
            if order_id and orders[order_id].status is Status.ASSIGNED and not orders[order_id].frozen
        }
        # One that may leave after all is due again.
        back = list(again)
        stopped = dict(failed)
        for intent in results.accepted:
            orders[str(by_intent[intent].details["order_id"])].record_mail_accepted(
                _caused(by, by_intent[intent]), intent
            )
        for intent, code in failed.items():
            orders[str(by_intent[intent].details["order_id"])].record_mail_failed(
                _caused(by, by_intent[intent]), intent, code
            )
        for intent in results.cancelled:
            order = orders.get(str(by_intent[intent].details["order_id"]))
            if order is not None and order.may_send(intent):
                back.append(intent)
            else:
                stopped[intent] = "not_due"
                if order is not None:
                    order.cancel_mail(_caused(by, by_intent[intent]), intent)
        together = [
            context.ledger.accepted(results.accepted),
            context.ledger.failed(stopped),
            context.ledger.not_tried(batch_id, sorted(results.untried)),
            context.ledger.retry_later(back, "later"),
            context.push.offer(told),
        ]
        if looked_up:
            not_found = sorted(results.unknown - set(gave_up))
            together.append(context.ledger.retry_later(not_found, "unknown", unknown=True))
        context.store.commit(*orders.values(), together=together)

    context.store.run(by, lambda: [UUID(order) for order in touched[:1]], work)
    if results.accepted and context.push.waiting():
        context.nudge.send("push", "")
    for attempt in range(1, TRIES):
        waiting = [i for i in again if attempts.get(i, 0) == attempt]
        if waiting:
            context.due.defer("mail", waiting, 2.0 * 4 ** (attempt - 1))
    if results.untried:
        # The breaker says when; whoever claims them then asks it first.
        context.due.defer("mail", sorted(results.untried), results.retry_after)
    for intent in sorted(results.unknown if looked_up else ()):
        # Own delay, so that one which the provider always stumbles over is not always the next.
        context.due.defer("mail", [intent], 2.0 * 4 ** doubts.get(intent, 0))


def _caused(by: By, item: Due) -> By:
    return replace(by, cause_id=item.cause_id)


def _ticket_of(item: Due) -> str:
    """The pre-order of a mail with a ticket; empty for one about money."""
    return "" if item.details.get("notice") else str(item.details["order_id"])
