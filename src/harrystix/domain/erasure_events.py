"""What can happen to an erasure. Ids, counts and times only: it is what stays when the person is gone."""

from typing import TYPE_CHECKING, Any

from eventsourcing.domain import Aggregate

from harrystix.domain.base import Fact

if TYPE_CHECKING:
    from harrystix.domain.erasure import Erasure


class Event(Fact):
    TOPIC = "Erasure.Event"


class Ordered(Event, Aggregate.Created):
    """`origin`: approval, with its id; or restore, where the ledger of erasures says so."""

    TOPIC = "Erasure.Ordered"
    member_id: str
    origin: str
    approval_id: str


class OrderedAgain(Event):
    """After a restore brought the person back."""

    TOPIC = "Erasure.OrderedAgain"
    member_id: str
    origin: str

    def apply(self, aggregate: "Erasure") -> None:
        aggregate.state = "ordered"


class Completed(Event):
    """The certificate. `removed`: table -> rows; `providers`: name -> what they answered."""

    TOPIC = "Erasure.Completed"
    member_id: str
    orders: int
    removed: dict[str, int]
    providers: dict[str, str]
    vacuumed: list[str]
    remains: list[dict[str, Any]]

    def apply(self, aggregate: "Erasure") -> None:
        aggregate.state = "completed"
        aggregate.certificate = {
            "completedAt": self.timestamp.isoformat(),
            "orders": self.orders,
            "removed": self.removed,
            "providers": self.providers,
            "vacuumed": self.vacuumed,
            "remains": self.remains,
        }
