"""Repairing what older versions did wrong, by compensating facts with a person and a reason. Old logs stay as they are.

A ticket that two pre-orders hold stays with who used it, else with who has got it, else with who paid first; the other
one waits again at the original place and is served next. One that somebody else may have read before it went back is
void, and who holds it now is served anew. A pre-order to which the pool gave two keeps the one that it knows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.handlers.money import note_what_leaves
from harrystix.domain.ids import pool_id
from harrystix.domain.pool_events import REPAIRED
from harrystix.domain.pre_order import HOLDS_TICKET, PreOrder
from harrystix.domain.pre_order_events import Status
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.values import By, reason_given


@dataclass
class Damage:
    """Of one event. `doubled`: ticket -> holders, first payer first. `twice`: pre-order -> (kept, superfluous).

    `known`: ticket that somebody else may have read -> its holder, who has not got it yet.
    """

    event_id: str
    doubled: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    twice: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    known: dict[str, str] = field(default_factory=dict[str, str])

    def __bool__(self) -> bool:
        return bool(self.doubled or self.twice or self.known)


@dataclass
class Repaired:
    """`served_anew`: pre-orders that wait for another ticket now; `left`: what only a person can settle, and why."""

    served_anew: list[str] = field(default_factory=list[str])
    kept: dict[str, str] = field(default_factory=dict[str, str])
    left: dict[str, str] = field(default_factory=dict[str, str])


def find(context: Context, event_ids: Iterable[str]) -> list[Damage]:
    """Events whose pools hold what no pool should; changes nothing."""
    found: list[Damage] = []
    for event_id in event_ids:
        pool = context.store.pool(event_id)
        if pool is not None and (damage := _damage(context, pool)):
            found.append(damage)
    return found


def repair(context: Context, by: By, event_id: str, reason: str) -> Repaired:
    """Mend one event; again is well. Raises InvalidValue without a reason."""
    reason_given(reason)

    def work() -> Repaired:
        result = Repaired()
        pool = context.store.check_out(event_id, by)
        damage = _damage(context, pool)
        touched: list[PreOrder] = []
        called_off: list[str] = []
        for ticket, holders in damage.doubled.items():
            orders = context.store.get_many(PreOrder, holders)
            note_what_leaves(context, list(orders.values()))
            keeper = _keeper([orders[one] for one in holders])
            result.kept[ticket] = keeper
            for order_id in holders:
                order = orders[order_id]
                if order_id == keeper:
                    continue
                if order.status not in HOLDS_TICKET:
                    result.left[order_id] = f"it is {order.status}: settle it with the member"
                    continue
                called_off.append(order.due_intent)
                _take_off(by, pool, order, ticket)
                touched.append(order)
                result.served_anew.append(order_id)
        for ticket, order_id in damage.known.items():
            order = context.store.get(PreOrder, order_id)
            note_what_leaves(context, [order])
            called_off.append(order.due_intent)
            _take_off(by, pool, order, ticket)
            pool.void(by, [ticket], REPAIRED)
            touched.append(order)
            result.served_anew.append(order_id)
        for order_id, (kept, superfluous) in damage.twice.items():
            pool.repair(by, order_id, superfluous)
            if not pool.is_free(kept):
                # The pool had forgotten whose it is.
                pool.repair(by, order_id, kept)
            pool.assign_by_hand(by, order_id, kept, reason)
            if context.store.get(PreOrder, order_id).status is Status.USED:
                pool.use_ticket(by, order_id)
            result.kept[kept] = order_id
        if damage:
            pool.recount(by)
            context.store.commit(pool, *touched, together=[context.ledger.call_off(called_off)])
            context.store.check_in(pool)
            context.nudge.send("match", event_id)
        return result

    return context.store.run(by, lambda: [pool_id(event_id)], work) or Repaired()


def _take_off(by: By, pool: TicketPool, order: PreOrder, ticket: str) -> None:
    order.revoke_assignment(by, assignment_id=order.assignment_id, reason=REPAIRED)
    pool.repair(by, str(order.id), ticket)
    if order.frozen:
        pool.remove_order(by, str(order.id), "frozen")


def _keeper(holders: Sequence[PreOrder]) -> str:
    """Who keeps a ticket that all of them hold; the first payer comes first among equals."""
    ranked = sorted(holders, key=lambda one: (one.status is not Status.USED, not one.served, one.unseen))
    return str(ranked[0].id)


def _damage(context: Context, pool: TicketPool) -> Damage:
    damage = Damage(pool.event_id)
    for ticket, earlier in pool.indexes.shared.items():
        holders = [*earlier, pool.order_of[ticket]]
        damage.doubled[ticket] = sorted(holders, key=lambda order: (int(pool.orders[order][0]), order))
    suspects = {ticket: pool.order_of[ticket] for ticket in pool.left_behind if ticket in pool.order_of}
    holders = context.store.get_many(PreOrder, suspects.values())
    note_what_leaves(context, list(holders.values()))
    damage.known = {
        ticket: one
        for ticket, one in suspects.items()
        if ticket not in damage.doubled and one in holders and holders[one].unseen
    }
    held = {ticket for ticket, known in pool.tickets.items() if known[3] in {"assigned", "used"}}
    orphans = held - set(pool.order_of)
    if orphans:
        # Tickets that nobody holds by the pool: whoever holds them by their own word was given another one as well.
        for order in context.store.get_many(PreOrder, list(pool.ticket_of)).values():
            own, given = order.ticket_id, pool.ticket_of[str(order.id)]
            if own in orphans and own != given:
                damage.twice[str(order.id)] = (own, given)
    return damage


def events_of(context: Context) -> list[str]:
    """All of them."""
    return [event for event in context.directory.names() if UUID(event)]
