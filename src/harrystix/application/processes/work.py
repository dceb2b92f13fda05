"""Working through claimed pieces of work: each by itself, so that one bad item is one bad item.

Every process that claims work goes through here: an item is done and recorded, or it fails with a count and a growing
delay of its own and is parked after the last try; what comes after it goes on either way. A batch is a faster way to do
the same: where it fails as a whole, its items are done one by one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from harrystix.application.context import Context
from harrystix.application.payment_ports import Refused
from harrystix.domain.errors import DomainError
from harrystix.domain.pre_order import PreOrder

T = TypeVar("T")
log = structlog.get_logger()


class _Subject(Protocol):
    @property
    def subject(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Named:
    """A piece of work that is nothing but its subject."""

    subject: str


S = TypeVar("S", bound=_Subject)


def each(context: Context, kind: str, items: Iterable[S], do: Callable[[S], object]) -> int:
    """Do every item; returns how many came through. No exception of an item leaves here."""
    done = 0
    for item in items:
        done += one(context, kind, item.subject, lambda item=item: do(item))
    return done


def one(
    context: Context,
    kind: str,
    subject: str,
    do: Callable[[], object],
    but: type[Exception] | tuple[type[Exception], ...] = (),
) -> bool:
    """Whether it came through. Raises what is of those that are no fault of the item's."""
    try:
        do()
    except but:
        raise
    except Exception as error:
        context.failures.add(kind, subject, code_of(error))
        return False
    context.failures.clear(kind, [subject])
    return True


def together(context: Context, kind: str, items: Sequence[S], do: Callable[[Sequence[S]], object]) -> int:
    """All of them at once, or where that fails one by one; returns how many came through."""
    if len(items) == 1:
        return each(context, kind, items, lambda item: do([item]))
    try:
        do(items)
    except Exception as error:
        # Said here; whose fault it was is found by the next line, and counted.
        log.warning("work.batch_failed", kind=kind, items=len(items), code=code_of(error))
        return each(context, kind, items, lambda item: do([item]))
    context.failures.clear(kind, [item.subject for item in items])
    return len(items)


def many(context: Context, kind: str, ids: Sequence[str], do: Callable[[Sequence[str]], object]) -> int:
    """The same, of work that is nothing but its subjects."""
    named = [Named(subject) for subject in ids]
    return together(context, kind, named, lambda few: do([item.subject for item in few]))


def readable(context: Context, kind: str, orders: Mapping[str, str]) -> dict[str, PreOrder]:
    """Pre-orders by id. `orders`: subject of the work -> pre-order; where one can't be read its work has failed."""
    bad: set[str] = set()
    found = context.store.get_many(PreOrder, dict.fromkeys(orders.values()), bad)
    for subject, order_id in orders.items():
        if order_id in bad:
            context.failures.add(kind, subject, "unreadable")
    return found


def code_of(error: Exception) -> str:
    """A word of ours for what went wrong; what a library says may name somebody."""
    return error.code if isinstance(error, DomainError | Refused) else type(error).__name__
