"""Refunds: asked for in the log, made at the provider, followed until they have an end."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.payment_ports import Later, Refund, Refused, Unknown
from harrystix.application.points import point
from harrystix.application.ports import Due
from harrystix.application.processes.work import code_of, many, readable
from harrystix.domain.payment_events import REQUIRES_ACTION
from harrystix.domain.pre_order import PreOrder

BATCH = 40
AT_ONCE = 4
WAIT = 10.0
ASK_AGAIN = 600.0
ACTOR = "system:refunds"


def refund_due(context: Context, *, seconds: float = 20) -> int:
    """What is due, for at most `seconds`; returns how many the provider has answered for."""
    told = 0
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while time.monotonic() < deadline and not context.pace.paused():
            due = context.due.claim("refund", BATCH, context.payment_lease)
            if not due:
                return told
            orders = readable(
                context, "refund", {item.subject: str(item.details["order_id"]) for item in due}
            )
            due = [item for item in due if str(item.details["order_id"]) in orders]
            answers = list(threads.map(_safely, repeat(context), due, repeat(orders)))
            point("ref.after_api_before_record")
            told += _record(context, [answer for answer in answers if answer])
    context.nudge.send("refund", "")
    return told


def _safely(context: Context, item: Due, orders: dict[str, PreOrder]) -> tuple[str, Refund] | None:
    """What nobody expected is this one's alone: the others' answers are recorded."""
    try:
        return _asked(context, item, orders)
    except Exception as error:
        context.failures.add("refund", item.subject, code_of(error))
        return None


def _asked(context: Context, item: Due, orders: dict[str, PreOrder]) -> tuple[str, Refund] | None:
    """(pre-order, what the provider says); None where it can't say now."""
    order_id = str(item.details["order_id"])
    payment_id, amount, _, _ = orders[order_id].refunds[item.subject]
    try:
        # An earlier life may have asked: our counts were set back by a restore, and the key may be forgotten by now.
        known = context.payments.refunds_of(str(payment_id))
        found = next((refund for refund in known if refund.refund_id == item.subject), None)
        if found is None:
            context.pace.wait("refund")
            found = context.payments.refund(item.subject, str(payment_id), int(amount))
        context.pace.tell("refund", "ok")
        if found.state in {"pending", REQUIRES_ACTION}:
            context.due.defer("refund", [item.subject], ASK_AGAIN)
        return order_id, Refund(
            found.provider_refund_id,
            found.state,
            found.amount_minor,
            str(payment_id),
            item.subject,
            found.code,
        )
    except (Unknown, Later) as error:
        if not context.pace.paused():
            context.pace.tell("refund", "failed")
        context.due.defer("refund", [item.subject], max(WAIT, getattr(error, "after", 0)))
    except Refused as refused:
        # The money stays where it is, and a person has to look: reconciliation shows it until then.
        return order_id, Refund("", "failed", int(amount), str(payment_id), item.subject, refused.code)
    return None


def _record(context: Context, answers: Sequence[tuple[str, Refund]]) -> int:
    """All at once, or where that fails one by one; returns how many answers there were."""
    by = context.by(ACTOR)
    known = {refund.refund_id: (order_id, refund) for order_id, refund in answers}

    def record(refund_ids: Sequence[str]) -> None:
        wanted = [known[refund_id] for refund_id in refund_ids]

        def work() -> None:
            orders = context.store.get_many(PreOrder, [order_id for order_id, _ in wanted])
            for order_id, refund in wanted:
                orders[order_id].move_refund(
                    by,
                    refund.refund_id,
                    provider_refund_id=refund.provider_refund_id,
                    state=refund.state,
                    code=refund.code,
                )
            context.store.commit(*orders.values())

        context.store.run(by, lambda: [UUID(wanted[0][0])], work)
        context.failures.clear("refund", refund_ids)

    if known:
        many(context, "refund", list(known), record)
    return len(answers)
