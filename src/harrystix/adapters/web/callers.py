"""Who asks: a person with a session, or a key; and what they may."""

from dataclasses import dataclass

from harrystix.adapters.web.roles import ALLOWED, SCOPES, WHOLE_HOUSE, Act, Role
from harrystix.application.people_ports import Session


@dataclass(frozen=True, slots=True)
class Caller:
    """`session`: of a person at a browser; None for a key. `events`: the only ones it is about, None: all.

    `viewing`: a member of staff who looks at a member's pages, and changes nothing there.
    """

    actor: str
    role: str
    member_id: str | None
    session: Session | None = None
    scopes: frozenset[str] = frozenset()
    events: frozenset[str] | None = None
    viewing: bool = False

    def may(self, act: Act) -> bool:
        if self.role not in ALLOWED[act] or (self.events is not None and act in WHOLE_HOUSE):
            return False
        return self.role != Role.PARTNER or any(act in SCOPES.get(scope, ()) for scope in self.scopes)

    def sees(self, event_id: str) -> bool:
        return self.events is None or event_id in self.events

    @property
    def within(self) -> list[str] | None:
        """For queries: the events, or None for all."""
        return None if self.events is None else sorted(self.events)
