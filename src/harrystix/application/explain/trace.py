"""Why a pre-order or a ticket was matched, or was not, in words, from the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from harrystix.application.context import Context
from harrystix.application.explain.judge import Line, why_not
from harrystix.application.explain.story import (
    Added,
    Assigned,
    Erased,
    Left,
    Moment,
    Offered,
    Passed,
    Queued,
    Returned,
    Story,
    TakenBack,
    Tried,
    Used,
    Voided,
)
from harrystix.domain.errors import NotFound
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.refunds import MoneyBack
from harrystix.domain.ticketed_event import TicketedEvent

ANY = "no preference"
RULES = {
    "exact": "it is of the wanted variant, and nobody who could have it waited longer",
    "no_preference": "the member takes any variant, nobody who could have it waited longer, "
    "and it is of the variant least in demand",
    "any_variant": "no ticket of the wanted variant was free, nobody wanted this one exactly, and the event's rule "
    "gives any variant",
    "closest_time": "no ticket of the wanted time was free, nobody wanted this one exactly, and of the free ones "
    "its time is closest",
    "manual": "a person gave it by hand",
}
NOT_QUEUED = {
    Status.PLACED: "It is not in the queue: no payment was asked for yet.",
    Status.PROCESSING: "It is not in the queue: the payment is not there yet.",
    Status.CONFIRMED: "It is paid and joins the queue at any moment.",
    Status.FAILED: "It is not in the queue: the payment has failed.",
    Status.CANCELLED: "It is not in the queue: it was cancelled.",
    Status.ERASED: "It is not in the queue: it was erased.",
}
MONEY_BACK = {
    MoneyBack.UNDER_WAY: "the money is on its way back",
    MoneyBack.GIVEN_BACK: "the money was given back",
    MoneyBack.NEEDS_MEMBER: "the provider waits for an answer of who paid",
    MoneyBack.FAILED: "no money has gone back, as the refund failed",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`action`: the kind of fact that it tells about, as the audit log calls it."""

    at: datetime
    text: str
    action: str = ""


@dataclass
class Trace:
    """`now`: how it stands at this moment, in one sentence."""

    subject: str
    event_id: str
    now: str = ""
    steps: list[Sentence] = field(default_factory=list[Sentence])


class _Names:
    """Of variants, as the event calls them today."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    @classmethod
    def read(cls, context: Context, event_id: str) -> "_Names":
        event = context.store.get(TicketedEvent, event_id)
        return cls({variant["id"]: variant["name"] for variant in event.variants})

    def of(self, variant: str) -> str:
        return self._names.get(variant, variant) if variant else ANY

    def free(self, free: dict[str, int]) -> str:
        return ", ".join(f"{self.of(variant)} {count}" for variant, count in free.items()) or "none"

    def nobody(self, passed: list[Passed]) -> str:
        waiting = [f"{count} for {self.of(wanted)} ({why or 'to be tried'})" for count, wanted, why in passed]
        return f"who waits may not have it: {', '.join(waiting)}." if waiting else "nobody waits."

    def got(self, subject: str, line: Line) -> str:
        wanted, given = self.of(line.wanted_id), self.of(line.given_id)
        who = (
            f"Got ticket {line.ticket_id} ({given})"
            if subject == line.order_id
            else f"Went to pre-order {line.order_id}, number {line.rank} in the queue, which wanted {wanted}"
        )
        by_hand = f" ({line.reason})" if line.reason else ""
        passed = "; ".join(f"{count} before it: {why}" for why, count in line.overtook.items())
        return f"{who}: {RULES.get(line.rule, line.rule)}{by_hand}." + (
            f" Passed over {passed}." if passed else ""
        )


def of_order(
    context: Context,
    order_id: str,
    known: PreOrder | None = None,
    variants: Mapping[str, str] | None = None,
) -> Trace:
    """`known`: the pre-order where it is loaded already; `variants`: names by id, likewise. Raises NotFound."""
    order = known or context.store.get(PreOrder, order_id)
    names = _Names(variants) if variants is not None else _Names.read(context, order.event_id)
    trace = Trace(order_id, order.event_id)
    with context.stories.of(context.store, order.event_id) as story:
        rank = story.queue.rank.get(order_id, 0)

        def told(moment: Moment) -> str:
            match moment:
                case Queued():
                    return (
                        f"Paid, and joined the queue as number {rank}, for {names.of(moment.wanted)}; "
                        f"{moment.before} before it wanted the same."
                    )
                case Tried():
                    return f"Tried: no ticket that it may have was free (free: {names.free(moment.free)})."
                case Assigned():
                    return names.got(order_id, moment.line)
                case TakenBack():
                    return (
                        f"Its ticket was taken back ({moment.reason}); it waits at its original place, "
                        f"number {rank}."
                    )
                case Erased():
                    return "Erased, with its ticket."
                case Left():
                    return f"Left the queue ({moment.reason})."
                case Returned():
                    return f"Came back into the queue at its original place, number {rank}."
                case _:
                    return ""

        _tell(trace, story, told)
        trace.now = _now(story, names, order, order_id)
    return trace


def _tell(trace: Trace, story: Story, told: Callable[[Moment], str]) -> None:
    for moment in story.told.get(trace.subject, []):
        if text := told(moment):
            trace.steps.append(Sentence(moment.at, text, moment.action))


def _now(story: Story, names: _Names, order: PreOrder, order_id: str) -> str:
    if order.frozen:
        why = "by somebody of the staff" if order.held else "by a dispute or a fraud warning"
        return f"It is on hold {why}, and keeps its place."
    if order_id in story.model.waiting:
        rank = story.queue.rank[order_id]
        before = story.queue.before(order.variant_id, rank)
        free = story.free()
        reasons = {why_not(story.model, order.variant_id, variant) for variant in free}
        because = "; ".join(sorted(filter(None, reasons)))
        return f"It waits as number {rank}; {before} before it want the same. Free: {names.free(free)}" + (
            f" ({because})." if because else "."
        )
    if order.ticket_id:
        return f"It has ticket {order.ticket_id}."
    if order.status is Status.REFUNDED:
        return f"It is not in the queue: it was refunded, and {MONEY_BACK[order.money_back]}."
    return NOT_QUEUED.get(order.status, f"It is {order.status}.")


def of_ticket(context: Context, event_id: str, ticket_id: str) -> Trace:
    """Raises NotFound where the event's pool has no such ticket."""
    names = _Names.read(context, event_id)
    trace = Trace(ticket_id, event_id)

    def told(moment: Moment) -> str:
        match moment:
            case Added():
                return (
                    f"Added by upload {moment.upload_id} as {names.of(moment.variant)}; "
                    f"{moment.waited} waited for exactly that."
                )
            case Offered():
                return f"Tried: {names.nobody(moment.passed)}"
            case Assigned():
                return names.got(ticket_id, moment.line)
            case TakenBack():
                return f"Taken back from its pre-order ({moment.reason}); free again."
            case Voided():
                return f"Void ({moment.reason})."
            case Erased():
                return "Erased, with who held it."
            case Used():
                return "Used."
            case _:
                return ""

    known = context.store.pool(event_id)
    with context.stories.of(context.store, event_id) as story:
        if known is None or ticket_id not in story.model.variant or ticket_id not in known.tickets:
            raise NotFound(f"There is no ticket {ticket_id}.", id=ticket_id)
        _tell(trace, story, told)
        free = f"It is free: {names.nobody(story.passed(story.model.variant[ticket_id]))}"
    trace.now = {
        "assigned": f"It is held by pre-order {known.order_of.get(ticket_id)}.",
        "used": "It was used.",
        "void": "It is void: nobody can get it.",
        "erased": "It was erased with who held it.",
    }.get(str(known.tickets[ticket_id][3]), free)
    return trace
