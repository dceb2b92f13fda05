"""Provider messages: a hint that something happened. Any order, any repetition, the same end (I13)."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from harrystix.application.context import Context
from harrystix.application.inbox_ports import InboxItem
from harrystix.application.processes.payment_news import follow_news
from harrystix.application.processes.work import code_of
from harrystix.domain.pre_order import PreOrder

log = structlog.get_logger()
BATCH, LEASE = 500, 20
PATIENCE = 20
UNDELIVERED = {
    "HardBounce",
    "SoftBounce",
    "SpamNotification",
    "SpamComplaint",
    "BadEmailAddress",
    "ManuallyDeactivated",
    "Blocked",
    "SMTPApiError",
    "DMARCPolicy",
    "DnsError",
    "VirusNotification",
    "TemplateRenderingFailed",
}


def process(context: Context) -> int:
    """Everything that is pending now, of each provider by itself; returns the number of items looked at."""
    return reports(context) + news(context)


def news(context: Context) -> int:
    """Of the payment provider, which is asked about each that is news."""
    seen = 0
    while items := context.inbox.claim("stripe", BATCH, context.payment_lease):
        seen += len(items)
        follow_news(context, items)
    return seen


def reports(context: Context) -> int:
    """Of the mail provider; nobody is asked anything."""
    seen = 0
    while items := context.inbox.claim("postmark", BATCH, LEASE):
        seen += len(items)
        try:
            _deliveries(context, items)
        except Exception as error:
            log.warning("work.batch_failed", kind="inbox", items=len(items), code=code_of(error))
            for item in items:
                _alone(context, item)
    return seen


def _alone(context: Context, item: InboxItem) -> None:
    try:
        _deliveries(context, [item])
    except Exception as error:
        if item.attempts < PATIENCE:
            context.inbox.later(item.id, min(3600, 2**item.attempts), code_of(error))
        else:
            log.error("inbox.parked", item=item.id, kind=item.kind, code=code_of(error))
            context.inbox.settle([item.id], "parked", code_of(error))


def _deliveries(context: Context, items: Sequence[InboxItem]) -> None:
    known = context.inbox.intents([str(item.hint["message_id"]) for item in items])
    ready = [item for item in items if str(item.hint["message_id"]) in known]
    for item in items:
        if item not in ready:
            # Delivery may be reported before we have written down that the mail was taken, as long as its provider
            # can't be asked; a bounce is told once.
            if item.attempts < PATIENCE:
                context.inbox.later(item.id, min(3600, 2**item.attempts), "unknown message")
            else:
                context.inbox.settle([item.id], "ignored", "unknown message")
    if not ready:
        return
    by = context.by("provider:postmark")
    order_ids = [known[str(item.hint["message_id"])][1] for item in ready]
    moved: dict[str, list[str]] = {"delivered": [], "bounced": []}

    def work() -> None:
        orders = context.store.get_many(PreOrder, order_ids)
        moved["delivered"], moved["bounced"] = [], []
        for item in sorted(ready, key=lambda found: found.kind != "Delivery"):
            intent, order_id = known[str(item.hint["message_id"])]
            order = orders[order_id]
            if item.kind == "Delivery":
                order.record_delivered(by, intent)
                moved["delivered"].append(intent)
            elif item.kind == "Open":
                order.record_opened(by, intent)
                moved["delivered"].append(intent)
            elif item.kind == "SpamComplaint" or str(item.hint.get("type")) in UNDELIVERED:
                order.record_bounced(by, intent, str(item.hint.get("type") or item.kind))
                moved["bounced"].append(intent)
        context.store.commit(
            *orders.values(),
            together=[context.ledger.outcome(intents, state) for state, intents in moved.items() if intents],
        )

    context.store.run(by, lambda: [UUID(order) for order in order_ids[:1]], work)
    context.inbox.settle([item.id for item in ready], "done")
