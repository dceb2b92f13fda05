"""What can happen to a member of staff: ids and roles only, names and addresses are in the vault."""

from typing import TYPE_CHECKING

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact

if TYPE_CHECKING:
    from harrystix.domain.staff import StaffMember


class Event(Fact):
    TOPIC = "StaffMember.Event"


class Created(Event, Aggregate.Created):
    TOPIC = "StaffMember.Created"
    role: str


class RoleChanged(Event):
    TOPIC = "StaffMember.RoleChanged"
    role: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.role = self.role


class Disabled(Event):
    TOPIC = "StaffMember.Disabled"
    reason: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.disabled = True


class Enabled(Event):
    TOPIC = "StaffMember.Enabled"

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.disabled = False


class InvitationWithdrawn(Event):
    """Denied by a second person, or nobody came in; the address is forgotten, and may be invited again."""

    TOPIC = "StaffMember.InvitationWithdrawn"
    reason: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.disabled = True


class CredentialsReset(Event):
    """A new password, second factor and recovery codes; the old ones are gone."""

    TOPIC = "StaffMember.CredentialsReset"


class SignedIn(Event):
    """`how`: totp or recovery_code, each beside the password; passkey; or provider."""

    TOPIC = "StaffMember.SignedIn"
    session_id: str
    how: str


class Confirmed(Event):
    """Signed in once more, for something dangerous."""

    TOPIC = "StaffMember.Confirmed"
    session_id: str
    how: str


class SignInRefused(Event):
    TOPIC = "StaffMember.SignInRefused"
    why: str


class EventGiven(Event):
    """One more event that an event admin is there for."""

    TOPIC = "StaffMember.EventGiven"
    event_id: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.events.append(self.event_id)


class EventTaken(Event):
    TOPIC = "StaffMember.EventTaken"
    event_id: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.events.remove(self.event_id)


class ViewStarted(Event):
    """Looks at a member's pages from now on, in that session, for that reason."""

    TOPIC = "StaffMember.ViewStarted"
    session_id: str
    member_id: str
    reason: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.viewing[self.session_id] = self.member_id


class Viewed(Event):
    """`page`: the route, without what was filled in."""

    TOPIC = "StaffMember.Viewed"
    session_id: str
    member_id: str
    page: str


class ViewEnded(Event):
    TOPIC = "StaffMember.ViewEnded"
    session_id: str
    member_id: str

    def apply(self, aggregate: "StaffMember") -> None:
        aggregate.viewing.pop(self.session_id, None)
