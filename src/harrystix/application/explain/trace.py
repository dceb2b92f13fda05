"""Why a pre-order or a ticket was matched, or was not, in words, from the log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from harrystix.application.context import Context
from harrystix.application.explain.fairness import Line, Queue, assigned, why_not
from harrystix.application.verify.fifo import Model, follow
from harrystix.domain import pool_events as pool
from harrystix.domain.errors import NotFound
from harrystix.domain.ids import pool_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
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
    Status.REFUNDED: "It is not in the queue: the money was given back.",
    Status.ERASED: "It is not in the queue: it was erased.",
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


class _Story:
    """The pool's facts once through, telling what concerns one subject."""

    def __init__(self, context: Context, event_id: str) -> None:
        event = context.store.get(TicketedEvent, event_id)
        stored = context.store.events.get(pool_id(event_id))
        self.facts = [fact for fact in stored if isinstance(fact, pool.Event)]
        self.names = {variant["id"]: variant["name"] for variant in event.variants}
        self.model, self.queue = Model(), Queue(self.facts)

    def name(self, variant: str) -> str:
        return self.names.get(variant, variant) if variant else ANY

    def tell(self, trace: Trace, of: Callable[[pool.Event], str]) -> None:
        """`of`: what to say about a fact, empty: nothing; the model stands as it was after the fact."""
        for fact in self.facts:
            if isinstance(fact, pool.TicketsAssigned):
                lines = assigned(self.model, self.queue, fact)
                for line in lines:
                    if trace.subject in {line.order_id, line.ticket_id}:
                        trace.steps.append(
                            Sentence(fact.timestamp, self._got(trace.subject, line), fact.TOPIC)
                        )
                continue
            follow(self.model, fact)
            self.queue.follow(self.model, fact)
            if text := of(fact):
                trace.steps.append(Sentence(fact.timestamp, text, fact.TOPIC))

    def _got(self, subject: str, line: Line) -> str:
        wanted, given = self.name(line.wanted_id), self.name(line.given_id)
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

    def free(self) -> str:
        there = [f"{self.name(v)} {n}" for v, n in sorted(self.model.free.items()) if n > 0]
        return ", ".join(there) or "none"


def of_order(context: Context, order_id: str, known: PreOrder | None = None) -> Trace:
    """`known`: the pre-order where it is loaded already. Raises NotFound."""
    order = known or context.store.get(PreOrder, order_id)
    story = _Story(context, order.event_id)
    trace = Trace(order_id, order.event_id)

    def told(fact: pool.Event) -> str:
        rank = story.queue.rank.get(order_id, 0)
        match fact:
            case pool.OrdersQueued() if order_id in fact.order_ids:
                before = story.queue.before(order.variant_id, rank)
                return (
                    f"Paid, and joined the queue as number {rank}, for {story.name(order.variant_id)}; "
                    f"{before} before it wanted the same."
                )
            case pool.OrdersMarkedWaiting() if order_id in fact.order_ids:
                return f"Tried: no ticket that it may have was free (free: {story.free()})."
            case pool.AssignmentsRevoked() if order_id in fact.order_ids:
                return f"Its ticket was taken back ({fact.reason}); it waits at its original place, number {rank}."
            case pool.TicketErased() if fact.order_id == order_id:
                return "Erased, with its ticket."
            case pool.OrderRemoved() if fact.order_id == order_id:
                return f"Left the queue ({fact.reason})."
            case pool.OrderReturned() if fact.order_id == order_id:
                return f"Came back into the queue at its original place, number {rank}."
            case _:
                return ""

    story.tell(trace, told)
    trace.now = _now(story, order, order_id)
    return trace


def _now(story: _Story, order: PreOrder, order_id: str) -> str:
    if order.frozen:
        why = "by somebody of the staff" if order.held else "by a dispute or a fraud warning"
        return f"It is on hold {why}, and keeps its place."
    if order_id in story.model.waiting:
        rank = story.queue.rank[order_id]
        before = story.queue.before(order.variant_id, rank)
        reasons = {
            why_not(story.model, order.variant_id, variant)
            for variant, count in story.model.free.items()
            if count > 0
        }
        because = "; ".join(sorted(filter(None, reasons)))
        return f"It waits as number {rank}; {before} before it want the same. Free: {story.free()}" + (
            f" ({because})." if because else "."
        )
    if order.ticket_id:
        return f"It has ticket {order.ticket_id}."
    return NOT_QUEUED.get(order.status, f"It is {order.status}.")


def of_ticket(context: Context, event_id: str, ticket_id: str) -> Trace:
    """Raises NotFound where the event's pool has no such ticket."""
    story = _Story(context, event_id)
    trace = Trace(ticket_id, event_id)

    def told(fact: pool.Event) -> str:
        match fact:
            case pool.TicketsAdded() if ticket_id in fact.ticket_ids:
                variant = story.model.variant[ticket_id]
                return (
                    f"Added by upload {fact.upload_id} as {story.name(variant)}; "
                    f"{story.queue.before(variant, 0)} waited for exactly that."
                )
            case pool.TicketsMarkedUnmatched() if ticket_id in fact.ticket_ids:
                return f"Tried: {_nobody(story, ticket_id)}"
            case pool.AssignmentsRevoked() if ticket_id in fact.ticket_ids:
                return f"Taken back from its pre-order ({fact.reason}); free again."
            case pool.TicketsVoided() if ticket_id in fact.ticket_ids:
                return f"Void ({fact.reason})."
            case pool.TicketErased() if fact.ticket_id == ticket_id:
                return "Erased, with who held it."
            case pool.TicketUsed() if fact.ticket_id == ticket_id:
                return "Used."
            case _:
                return ""

    story.tell(trace, told)
    if ticket_id not in story.model.variant:
        raise NotFound(f"There is no ticket {ticket_id}.", id=ticket_id)
    known = context.store.pool(event_id)
    state = str(known.tickets[ticket_id][3]) if known else ""
    trace.now = {
        "assigned": f"It is held by pre-order {known.order_of.get(ticket_id)}." if known else "",
        "used": "It was used.",
        "void": "It is void: nobody can get it.",
        "erased": "It was erased with who held it.",
    }.get(state, f"It is free: {_nobody(story, ticket_id)}")
    return trace


def _nobody(story: _Story, ticket_id: str) -> str:
    offered = story.model.variant[ticket_id]
    waiting = [
        f"{count} for {story.name(wanted)} ({why_not(story.model, wanted, offered) or 'to be tried'})"
        for wanted in sorted(story.queue.waiting)
        if (count := story.queue.before(wanted, 0))
    ]
    return f"who waits may not have it: {', '.join(waiting)}." if waiting else "nobody waits."
