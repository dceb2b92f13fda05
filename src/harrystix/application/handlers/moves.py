"""A ticket given by hand: by a named person, with a reason, while nobody can know it yet; and taken back."""

from collections.abc import Mapping

from harrystix.application.context import Context
from harrystix.application.handlers.leaving import note_what_leaves
from harrystix.domain.errors import NotFound, NotFree
from harrystix.domain.ids import intent_id, pool_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.values import By, reason_given


def move(
    context: Context,
    by: By,
    event_id: str,
    *,
    ticket_id: str,
    order_id: str,
    reason: str,
    holder: str | None = None,
) -> str | None:
    """From the stock, or from who holds it, who waits again then at their original place. Returns who held it.

    Once a command: None where it was done before. `holder`: who is thought to hold it; somebody else by now refuses.
    Raises NotFound, InvalidValue; NotFree where somebody may know the ticket, or the other one waits no more.
    """
    why = reason_given(reason)

    def work() -> str | None:
        if context.store.knows(pool_id(event_id), by.command_id):
            return None
        pool = _pool(context, by, event_id, ticket_id, holder)
        before = pool.order_of.get(ticket_id, "")
        if before == order_id:
            return None
        taker = context.store.get(PreOrder, order_id)
        # In the order of the log nobody holds what somebody else still has.
        touched, intents = [taker], list[str]()
        if before:
            giver, intent = _revoke(context, by, pool, before, "moved by hand")
            touched, intents = [giver, taker], [intent]
        made = pool.assign_by_hand(by, order_id, ticket_id, why)
        taker.assign_ticket(
            by,
            ticket_id=ticket_id,
            assignment_id=pool.assignment_of[order_id],
            variant_id=made.variant_id,
            upload_id=str(pool.tickets[ticket_id][1]),
            rule=made.rule,
            eligible_at=pool.eligible_at(order_id, ticket_id),
        )
        context.store.commit(pool, *touched, together=[context.ledger.recall(intents)])
        context.store.check_in(pool)
        return before

    return context.store.run(by, lambda: [pool_id(event_id)], work)


def take_back(context: Context, by: By, event_id: str, ticket_id: str, holder: str) -> None:
    """From that holder into the stock; the rule gives it to whom it is due then. Raises as `move` does."""

    def work() -> None:
        if not context.store.knows(pool_id(event_id), by.command_id):
            pool = _pool(context, by, event_id, ticket_id, holder)
            giver, intent = _revoke(context, by, pool, holder, "taken back by hand")
            context.store.commit(pool, giver, together=[context.ledger.recall([intent])])
            context.store.check_in(pool)

    context.store.run(by, lambda: [pool_id(event_id)], work)


def unsent(context: Context, assignments: Mapping[str, str]) -> list[str]:
    """Of pre-orders by id, with their assignments: whose first mail has not begun to leave; others cannot be moved."""
    intents = {order_id: intent_id(assignment, 1) for order_id, assignment in assignments.items()}
    states = context.ledger.states(list(intents.values()))
    return [order_id for order_id, intent in intents.items() if states.get(intent, "planned") == "planned"]


def movable(context: Context, orders: dict[str, PreOrder]) -> set[str]:
    """Of these, whose ticket nobody can know: its mail has not begun to leave, and nobody was shown it."""
    note_what_leaves(context, list(orders.values()))
    return {order_id for order_id, order in orders.items() if order.unseen and not order.frozen}


def _pool(context: Context, by: By, event_id: str, ticket_id: str, holder: str | None) -> TicketPool:
    pool = context.store.check_out(event_id, by)
    if ticket_id not in pool.tickets:
        raise NotFound("There is no such ticket in this event.", field="ticket")
    if holder is not None and pool.order_of.get(ticket_id, "") != holder:
        raise NotFree("Somebody else has moved this ticket meanwhile: it stays where it is.")
    return pool


def _revoke(context: Context, by: By, pool: TicketPool, holder: str, why: str) -> tuple[PreOrder, str]:
    """(who held it, the mail that must not leave any more)."""
    order = context.store.get(PreOrder, holder)
    if holder not in movable(context, {holder: order}):
        raise NotFree("The mail with this ticket has left, or somebody was shown it: it stays where it is.")
    intent = order.current_intent
    order.revoke_assignment(by, assignment_id=order.assignment_id, reason=why)
    pool.revoke(by, [holder], why)
    return order, intent
