"""Provider messages: a hint that something happened. Any order, any repetition, the same end (I13)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.orders import confirm_payment
from harrystix.application.ports import InboxItem
from harrystix.domain.errors import Conflict, DomainError, NotFound
from harrystix.domain.pre_order import PreOrder

BATCH = 500
LEASE = 20
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
    """Everything that is pending now; returns the number of items looked at."""
    seen = 0
    while items := context.inbox.claim(BATCH, LEASE):
        seen += len(items)
        for item in items:
            if item.provider == "stripe":
                _payment(context, item)
        mails = [item for item in items if item.provider == "postmark"]
        if mails:
            _deliveries(context, mails)
    return seen


def _payment(context: Context, item: InboxItem) -> None:
    if item.kind != "payment_intent.succeeded":
        context.inbox.settle([item.id], "ignored", "nothing to do")
        return
    order_id = str(item.hint.get("pre_order_id") or "")
    payment_id = str(item.hint.get("payment_intent") or "")
    by = context.by("provider:stripe", f"payment/{payment_id}")
    try:
        paid_at = datetime.fromtimestamp(int(item.hint["created"]), UTC)
        confirm_payment(
            context,
            by,
            order_id,
            payment_id=payment_id,
            amount_minor=int(item.hint["amount"]),
            currency=str(item.hint["currency"]).upper(),
            paid_at=paid_at,
        )
    except (NotFound, Conflict) as error:
        # The order may be on its way; a person has to look once patience is over.
        if item.attempts < PATIENCE:
            context.inbox.later(item.id, min(60, 2**item.attempts), error.code)
        else:
            context.inbox.settle([item.id], "parked", error.code)
    except DomainError as error:
        context.inbox.settle([item.id], "parked", error.code)
    except (KeyError, ValueError):
        context.inbox.settle([item.id], "parked", "unreadable")
    else:
        context.inbox.settle([item.id], "done")


def _deliveries(context: Context, items: Sequence[InboxItem]) -> None:
    known = context.inbox.intents([str(item.hint["message_id"]) for item in items])
    ready = [item for item in items if str(item.hint["message_id"]) in known]
    for item in items:
        if item not in ready:
            # Delivery may be reported before we have written down that the mail was taken.
            if item.attempts < 6:
                context.inbox.later(item.id, 2**item.attempts, "unknown message")
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
            elif item.kind == "SpamComplaint" or str(item.hint.get("type")) in UNDELIVERED:
                order.record_bounced(by, intent, str(item.hint.get("type") or item.kind))
                moved["bounced"].append(intent)
        context.store.commit(
            *orders.values(),
            together=[context.ledger.outcome(intents, state) for state, intents in moved.items() if intents],
        )

    context.store.run(by, lambda: [UUID(order) for order in order_ids[:1]], work)
    context.inbox.settle([item.id for item in ready], "done")
