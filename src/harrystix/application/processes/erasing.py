"""Carrying out erasures. Every step bears being repeated; what can't be done now comes again until it is done."""

import time

import structlog

from harrystix.application.context import Context
from harrystix.application.erasure_ports import MayNotSweep
from harrystix.application.handlers.erasing import erase_order
from harrystix.application.mail_ports import NotAsked
from harrystix.application.payment_ports import Later, Refused, Unknown
from harrystix.application.ports import Due
from harrystix.application.processes.work import one
from harrystix.domain.erasure import Erasure
from harrystix.domain.errors import Conflict, IllegalTransition
from harrystix.domain.ids import erasure_id

log = structlog.get_logger()
ACTOR = "system:erasure"
LEASE, SOON, WAIT, LONGEST = 120.0, 1.0, 30.0, 300.0
MOMENT = 0.1
TOLD_BEFORE = "told at the first erasure"


class NotYet(Exception):
    """`seconds` until another try is worth while."""

    def __init__(self, why: str, seconds: float = WAIT) -> None:
        super().__init__(why)
        self.why, self.seconds = why, seconds


def erase_due(context: Context, *, patience: float = 0, seconds: float = 20) -> int:
    """Returns how many erasures came to their end. `patience`: seconds to wait for what takes a moment only.

    What waits for longer holds nothing: it comes again after a delay of its own, and the next one has its turn.
    """
    done: list[str] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (due := context.due.claim("erase", 1, LEASE)):
        item, until = due[0], time.monotonic() + patience
        one(
            context,
            "erase",
            item.subject,
            lambda item=item, until=until: _work_on(context, item, until, done),
        )
    return len(done)


def _work_on(context: Context, item: Due, until: float, done: list[str]) -> None:
    try:
        while not _tried(context, item, until):
            time.sleep(MOMENT)
        done.append(item.subject)
    except NotYet as later:
        log.info("erasure.waits", why=later.why)
        context.due.defer("erase", [item.subject], min(LONGEST, later.seconds * 2 ** min(item.attempts, 6)))
    except (Later, Unknown) as error:
        context.due.defer("erase", [item.subject], max(WAIT, getattr(error, "after", 0)))


def _tried(context: Context, item: Due, until: float) -> bool:
    """False where another try in a moment may do. Raises NotYet."""
    try:
        _erase(context, item)
    except NotYet as later:
        if later.seconds > SOON or time.monotonic() > until:
            raise
        return False
    return True


def _erase(context: Context, item: Due) -> None:
    member_id, beside = item.subject, context.erasures
    beside.enter(member_id)
    beside.shut_out(member_id)
    _erase_orders(context, item)
    _tell_providers(context, member_id)
    beside.remove(member_id)
    # From now on no customer is kept for this member; one that a request under way has kept is told as well.
    _tell_providers(context, member_id)
    beside.forget_customer(member_id)
    # A request that was under way when the sessions ended may have left something: then once more.
    if _left(context, member_id) or beside.remains(member_id):
        raise NotYet("something came meanwhile", SOON)
    try:
        swept = beside.vacuum()
    except MayNotSweep as table:
        log.error("erasure.may_not_sweep", table=str(table))
        raise NotYet("this login may not sweep") from None
    if swept is None:
        raise NotYet("an older transaction still sees what was there", SOON)
    so_far = beside.progress(member_id)
    removed = {**so_far.removed, **beside.counted(item.cause_id)}
    orders = removed.pop("pre-orders")
    by = context.by(ACTOR, f"erasure-completed/{item.cause_id}", item.cause_id)

    def work() -> None:
        erasure = context.store.get(Erasure, erasure_id(member_id))
        erasure.complete(
            by,
            orders=orders,
            removed=removed,
            providers=so_far.providers,
            vacuumed=swept,
        )
        context.store.commit(erasure)

    context.store.run(by, lambda: [erasure_id(member_id)], work)
    beside.leave(member_id)
    log.info("erasure.completed")
    context.due.defer("erase", [member_id], LEASE)


def _left(context: Context, member_id: str) -> list[str]:
    head = context.store.recorder.max_notification_id() or 0
    orders = context.erasures.orders(member_id, head)
    if orders is None:
        raise NotYet("the lists are behind", SOON)
    return orders


def _erase_orders(context: Context, item: Due) -> None:
    for order_id in _left(context, item.subject):
        by = context.by(ACTOR, f"erase/{order_id}/{item.cause_id}", item.cause_id)
        try:
            erase_order(context, by, order_id)
        except IllegalTransition as refused:
            raise NotYet(str(refused.facts.get("state"))) from None
        except Conflict:
            raise NotYet("a mail is on its way", SOON) from None


def _tell_providers(context: Context, member_id: str) -> None:
    """What they have said is on record."""
    told = context.erasures.progress(member_id).providers
    customer = context.customers.find(member_id)
    # Not again after a restore of ours; but a request that was under way may have made one since.
    if told.get("stripe") != TOLD_BEFORE and (customer or "stripe" not in told):
        try:
            if customer:
                context.payments.forget_customer(customer)
            context.erasures.told(
                member_id, "stripe", "customer and cards deleted" if customer else "no customer"
            )
        except Refused as refused:
            context.erasures.told(member_id, "stripe", f"refused: {refused.code}")
    if "postmark" not in told:
        found = context.members.reveal([member_id]).get(member_id)
        try:
            answer = f"data removal {context.removals.ask(found.email)}" if found else "no address"
        except NotAsked:
            answer = "not asked: no account token; its own retention deletes"
        context.erasures.told(member_id, "postmark", answer)
