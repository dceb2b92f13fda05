"""Mails about money, as facts: which one is asked for, and what became of it."""

from abc import abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING

from harrystix.domain.declines import Then
from harrystix.domain.ids import notice_id
from harrystix.domain.pre_order_events import Event

if TYPE_CHECKING:
    from harrystix.domain.pre_order import PreOrder


class Notice(StrEnum):
    """The mails about money; each is a template."""

    PAYMENT_FAILED = "payment-failed"
    PAYMENT_RETRY = "payment-retry"
    CARD_NEEDED = "card-needed"
    AUTHENTICATION_NEEDED = "authentication-needed"
    CARD_EXPIRING = "card-expiring"
    CARD_REMOVED = "card-removed"
    REFUNDED = "refunded"


DECLINED = {
    Then.RETRY: Notice.PAYMENT_RETRY,
    Then.NEW_CARD: Notice.CARD_NEEDED,
    Then.AUTHENTICATE: Notice.AUTHENTICATION_NEEDED,
    Then.FAILED: Notice.PAYMENT_FAILED,
}


class Notifying(Event):
    """A fact that may ask for a mail to the member."""

    TOPIC = "PreOrder.Notifying"

    @property
    @abstractmethod
    def notice(self) -> str:
        """The kind of mail; empty for none."""

    @property
    def intent(self) -> str:
        return notice_id(str(self.originator_id), self.originator_version)

    def ask(self, aggregate: "PreOrder") -> None:
        if self.notice:
            aggregate.notices[self.intent] = self.notice


class CardExpiring(Notifying):
    """The saved card ends before the next capture."""

    TOPIC = "PreOrder.CardExpiring"
    expires: int
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.expiry_warned = True
        self.ask(aggregate)

    @property
    def notice(self) -> str:
        return Notice.CARD_EXPIRING


class NoticeSent(Event):
    """The provider took the mail."""

    TOPIC = "PreOrder.NoticeSent"
    intent_id: str
    kind: str
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.notices.pop(self.intent_id, None)


class NoticeFailed(Event):
    """`code`: the provider's, gave_up, or superseded where it had become wrong."""

    TOPIC = "PreOrder.NoticeFailed"
    intent_id: str
    kind: str
    code: str
    event_id: str

    def apply(self, aggregate: "PreOrder") -> None:
        aggregate.notices.pop(self.intent_id, None)
