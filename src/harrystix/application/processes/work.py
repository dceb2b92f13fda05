"""Working through claimed pieces of work: each by itself, so that one bad item is one bad item.

Every process that claims work goes through here: an item is done and recorded, or it fails with a count and a growing
delay of its own and is parked after the last try; what comes after it goes on either way. A batch is a faster way to do
the same: where it fails as a whole, its items are done one by one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from harrystix.application.context import Context
from harrystix.application.ports import Due
from harrystix.domain.errors import DomainError

T = TypeVar("T")


class _Subject(Protocol):
    @property
    def subject(self) -> str: ...


S = TypeVar("S", bound=_Subject)


def each(context: Context, kind: str, items: Iterable[S], do: Callable[[S], object]) -> int:
    """Do every item; returns how many came through. No exception of an item leaves here."""
    done = 0
    for item in items:
        done += one(context, kind, item.subject, lambda item=item: do(item))
    return done


def one(context: Context, kind: str, subject: str, do: Callable[[], object]) -> bool:
    """Whether it came through."""
    try:
        do()
    except Exception as error:
        context.failures.add(kind, subject, code_of(error))
        return False
    context.failures.clear(kind, [subject])
    return True


def together(context: Context, kind: str, items: Sequence[Due], do: Callable[[Sequence[Due]], object]) -> int:
    """All of them at once, or where that fails one by one; returns how many came through."""
    try:
        do(items)
    except Exception:
        if len(items) == 1:
            return each(context, kind, items, lambda item: do([item]))
        return sum(together(context, kind, [item], do) for item in items)
    context.failures.clear(kind, [item.subject for item in items])
    return len(items)


def code_of(error: Exception) -> str:
    """A word of ours for what went wrong; what a library says may name somebody."""
    return error.code if isinstance(error, DomainError) else type(error).__name__
