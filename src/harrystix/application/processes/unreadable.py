"""Pre-orders whose facts this release can't read: others go on without them, and they come back once it can."""

from collections.abc import Iterable

from harrystix.application.context import Context
from harrystix.application.handlers.money import with_pool
from harrystix.application.processes.work import one
from harrystix.domain.pre_order import PreOrder

KIND = "unreadable"
ACTOR = "system:allocator"


def note(context: Context, order_ids: Iterable[str]) -> None:
    """A person is told of each."""
    for order_id in order_ids:
        context.failures.add(KIND, order_id, KIND)


def read_again(context: Context) -> int:
    """Those whose time has come; returns how many stand at their original place again."""
    return sum(
        one(context, KIND, order_id, lambda order_id=order_id: _back(context, order_id))
        for order_id in context.failures.ripe(KIND)
    )


def _back(context: Context, order_id: str) -> None:
    """Raises Unreadable, NotFound."""
    if context.store.get(PreOrder, order_id).confirmed:
        with_pool(context, context.by(ACTOR, f"back/{order_id}"), [order_id], lambda _: None)
