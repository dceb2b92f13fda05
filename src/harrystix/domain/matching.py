"""The matching rule: small named policies over a board of free tickets and waiting pre-orders.

Order-centric on purpose: the earliest waiting pre-order that can be served is served, so every single
assignment is legal by the FIFO rule, whatever follows. Nobody who holds a ticket is moved.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from harrystix.domain.pool_indexes import Entry, Line
from harrystix.domain.values import FallbackRule, Rules

NO_PREFERENCE = ""
# One more wherever the same board gives other matches; the checkers have to know each.
RULE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Match:
    order_id: str
    ticket_id: str
    variant_id: str
    rule: str
    position: int


@dataclass(slots=True)
class Board:
    """Free tickets and waiting pre-orders in line, by variant. `take` uses them up: a forecast hands in copies."""

    free: dict[str, Line]
    waiting: dict[str, Line]
    rules: Rules = field(default_factory=Rules)

    def head_ticket(self, variant: str) -> Entry | None:
        found = self.free.get(variant)
        return found.head() if found else None

    def head_order(self, wanted: str) -> Entry | None:
        found = self.waiting.get(wanted)
        return found.head() if found else None

    def stocked(self) -> list[str]:
        """Variants with a free ticket."""
        return [variant for variant, tickets in self.free.items() if tickets]

    def surplus(self, variant: str) -> int:
        return len(self.free.get(variant, ())) - len(self.waiting.get(variant, ()))

    def take(self, wanted: str, variant: str, rule: str) -> Match:
        position, order_id = self.waiting[wanted].take()
        _, ticket_id = self.free[variant].take()
        return Match(order_id, ticket_id, variant, rule, position)


@dataclass(frozen=True, slots=True)
class Proposal:
    position: int
    wanted: str
    variant: str
    rule: str


Policy = Callable[[Board], Proposal | None]


def exact(board: Board) -> Proposal | None:
    """The earliest pre-order that wants a variant of which a ticket is free."""
    best: Proposal | None = None
    for variant in board.stocked():
        order = board.head_order(variant)
        if order and (best is None or order[0] < best.position):
            best = Proposal(order[0], variant, variant, "exact")
    return best


def no_preference(board: Board) -> Proposal | None:
    """The earliest pre-order without a wish gets a ticket of the variant that is least in demand."""
    order = board.head_order(NO_PREFERENCE)
    if order is None or not (stocked := board.stocked()):
        return None
    variant = max(stocked, key=lambda v: (board.surplus(v), -_sequence(board, v)))
    return Proposal(order[0], NO_PREFERENCE, variant, "no_preference")


def any_variant(board: Board) -> Proposal | None:
    """Fallback: the earliest waiting pre-order gets the nearest free ticket, whatever its variant."""
    return _fallback(board, "any_variant", lambda wanted: _nearest(board, wanted, within_window=False))


def closest_time(board: Board) -> Proposal | None:
    """Fallback: like any_variant, but only time slots that overlap, or lie within the event's window."""
    return _fallback(board, "closest_time", lambda wanted: _nearest(board, wanted, within_window=True))


IN_TURN: tuple[Policy, ...] = (exact, no_preference)
FALLBACKS: dict[FallbackRule, tuple[Policy, ...]] = {
    FallbackRule.NONE: (),
    FallbackRule.ANY_VARIANT: (any_variant,),
    FallbackRule.CLOSEST_TIME: (closest_time,),
}


def match(board: Board, limit: int, *, with_fallback: bool = True) -> list[Match]:
    """At most `limit` matches, in the order in which they are to be made."""
    phases = [IN_TURN, FALLBACKS[board.rules.fallback]] if with_fallback else [IN_TURN]
    matches: list[Match] = []
    while len(matches) < limit:
        proposal = next(filter(None, (_earliest(board, phase) for phase in phases)), None)
        if proposal is None:
            break
        matches.append(board.take(proposal.wanted, proposal.variant, proposal.rule))
    return matches


def closeness(rules: Rules, wanted: str, offered: str) -> tuple[float, int]:
    """(Jaccard similarity, gap in seconds) of two variants' intervals; (0, -1) where one is no time slot."""
    a, b = rules.interval(wanted), rules.interval(offered)
    if a is None or b is None:
        return 0.0, -1
    overlap = min(a[1], b[1]) - max(a[0], b[0])
    if overlap > 0:
        return overlap / (max(a[1], b[1]) - min(a[0], b[0])), 0
    return 0.0, -overlap


def _earliest(board: Board, policies: tuple[Policy, ...]) -> Proposal | None:
    proposals = [proposal for policy in policies if (proposal := policy(board))]
    return min(proposals, key=lambda proposal: proposal.position, default=None)


def _fallback(board: Board, rule: str, choose: Callable[[str], str | None]) -> Proposal | None:
    best: Proposal | None = None
    for wanted in board.waiting:
        order = board.head_order(wanted)
        if order and (best is None or order[0] < best.position):
            variant = choose(wanted)
            if variant is not None:
                best = Proposal(order[0], wanted, variant, rule)
    return best


def _nearest(board: Board, wanted: str, *, within_window: bool) -> str | None:
    ranked: list[tuple[float, int, int, int, str]] = []
    for variant in board.stocked():
        similarity, gap = closeness(board.rules, wanted, variant)
        if within_window and (gap < 0 or gap > board.rules.window_minutes * 60):
            continue
        start = (board.rules.interval(variant) or (2**62, 0))[0]
        ranked.append((-similarity, gap if gap >= 0 else 2**62, start, _sequence(board, variant), variant))
    return min(ranked)[4] if ranked else None


def _sequence(board: Board, variant: str) -> int:
    head = board.head_ticket(variant)
    return head[0] if head else 2**62
