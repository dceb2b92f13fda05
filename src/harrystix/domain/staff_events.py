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


class CredentialsReset(Event):
    """A new password, second factor and recovery codes; the old ones are gone."""

    TOPIC = "StaffMember.CredentialsReset"


class SignedIn(Event):
    """`how`: totp or recovery_code, each beside the password."""

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
