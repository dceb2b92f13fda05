"""What our aggregates share: facts say who caused them, and evolve the state in `apply`, which cannot refuse.

Decisions live in the aggregate (may refuse, may stay quiet), evolution lives with the fact. Guards in `apply`
would run again on every replay and could make old streams unreadable.
"""

from eventsourcing.domain import Aggregate

from harrystix.domain.values import By


class Fact(Aggregate.Event):
    """The base of every stored fact. `cause_id` is the command that led to this one, empty at the origin."""

    actor: str
    command_id: str
    cause_id: str


class Root(Aggregate):
    def record(self, by: By, kind: type[Fact], /, **values: object) -> None:
        self.trigger_event(
            kind, timestamp=by.at, actor=by.actor, command_id=by.command_id, cause_id=by.cause_id, **values
        )
