"""A mail that waits can be called off: it is recorded as failed, and never leaves."""

from uuid import UUID

from harrystix.application.context import Context
from harrystix.domain.errors import IllegalTransition
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

ABORTED = "aborted"


def abort(context: Context, by: By, order_id: str, intent: str) -> None:
    """Raises NotFound, IllegalTransition where it is not due any more, Conflict where it is leaving right now."""

    def work() -> None:
        order = context.store.get(PreOrder, order_id)
        if intent not in order.open_intents:
            raise IllegalTransition("Mail", UUID(intent), "over", "calling it off")
        order.record_mail_failed(by, intent, ABORTED)
        # The ledger's row is the fence: whoever writes it first, the sender or we, decides.
        context.store.commit(order, together=[context.ledger.recall([intent])])

    context.store.run(by, lambda: [UUID(order_id)], work)
