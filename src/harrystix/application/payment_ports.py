"""What the application asks of a payment provider. Amounts in minor units, currencies in capitals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from harrystix.application.ports import Effect

# Code of a refusal: the provider has no such thing.
MISSING = "resource_missing"
# Refusals of the one payment. Any other that is no bank's word is of our account or set-up, and meets everybody.
OF_THE_PAYMENT = {"amount_too_large", "amount_too_small"}


class Unknown(Exception):
    """Nobody can say whether it took effect: look it up, never do it anew."""


class Later(Exception):
    """It did not take effect; `after` seconds it may."""

    def __init__(self, after: float = 0) -> None:
        super().__init__("later")
        self.after = after


class Refused(Exception):
    """The provider will not do it, now or later; `code` says why. `of_card`: a bank's word, and of that card."""

    def __init__(self, code: str, *, of_card: bool = False) -> None:
        super().__init__(code)
        self.code, self.of_card = code, of_card


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to take the money of a pre-order."""

    order_id: str
    number: int
    amount_minor: int
    currency: str
    customer_id: str
    payment_method_id: str
    # How many payments of this number the provider has that can't be used: each needs a key of its own.
    spoilt: int = 0


@dataclass(frozen=True, slots=True)
class Payment:
    """The provider's word on a payment. `attempt`: 0 where it does not carry ours. Codes: of the last failure.

    `paid_at`: where it was asked for; a payment may be made long before its payer agrees to it.
    """

    payment_id: str
    status: str
    amount_minor: int
    currency: str
    created: datetime
    order_id: str = ""
    attempt: int = 0
    code: str = ""
    decline_code: str = ""
    advice_code: str = ""
    paid_at: datetime | None = None
    payment_method_id: str = ""

    @property
    def succeeded(self) -> bool:
        return self.status == "succeeded"

    @property
    def declined(self) -> bool:
        return self.status in {"requires_payment_method", "requires_action", "canceled"}


@dataclass(frozen=True, slots=True)
class Refund:
    """`state`: pending, requires_action, succeeded, failed or canceled. `refund_id`: ours, where it carries it."""

    provider_refund_id: str
    state: str
    amount_minor: int
    payment_id: str
    refund_id: str = ""
    code: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class SavedCard:
    """`expires`: year * 100 + month. `entered_at`: when the member began to enter it, by the provider's clock."""

    setup_id: str
    customer_id: str
    payment_method_id: str
    expires: int
    order_id: str
    entered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """`state`: open, won, lost or warning_closed."""

    dispute_id: str
    payment_id: str
    state: str
    reason: str
    amount_minor: int


class ProviderPayments(Protocol):
    """What the provider is known to have of our pre-orders. It is read there, never deduced from what we did:

    an older log, after a restore, knows nothing of what was done since, and neither do keys that have ended.
    """

    def read_until(self) -> datetime | None:
        """Everything that was made before is known; None where nobody has looked yet."""
        ...

    def add(self, payments: Sequence[Payment], until: datetime | None) -> None:
        """`until`: None where a gap before them was not read, so that nothing more is known in full."""
        ...

    def of(self, order_ids: Sequence[str]) -> dict[str, set[str]]:
        """Pre-order -> payments; who has none is missing."""
        ...


class PaymentClaims(Protocol):
    """Which pre-order a payment pays: one."""

    def taken(self, payment_ids: Sequence[str]) -> dict[str, str]:
        """Payment -> pre-order, of those that pay one."""
        ...

    def claim(self, payments: Mapping[str, str]) -> Effect:
        """Payment -> pre-order. Raises AlreadyTaken, when run, for one that pays another."""
        ...


class Pace(Protocol):
    """How fast, and whether at all: shared by all workers. `rate`: calls a second of each kind, 0: no limit."""

    rate: float

    def wait(self, what: str) -> None:
        """Returns when there may be one more call of that kind. Raises Later while everything is paused."""
        ...

    def tell(self, what: str, outcome: str) -> None:
        """Of a call of that kind: `ok`, `failed` or `declined`. Each kind is counted by itself."""
        ...

    def paused(self) -> float:
        """Seconds until anybody may go on; 0 where nothing stands against it."""
        ...

    def stop(self, why: str) -> None:
        """Nobody goes on for a while: it is our account or set-up, and trying goes wrong for everybody."""
        ...


class Free:
    """No limit."""

    rate: float = 0

    def wait(self, what: str) -> None:
        pass

    def tell(self, what: str, outcome: str) -> None:
        pass

    def paused(self) -> float:
        return 0

    def stop(self, why: str) -> None:
        pass


FREE = Free()


@dataclass(frozen=True, slots=True)
class SetUp:
    """Where the member enters a card, at the provider's; `setup_id`: the visit's."""

    session_id: str
    url: str


class PaymentGateway(Protocol):
    """Every method may raise Later (for sure without effect), Refused, and those that write Unknown.

    `live`: real money moves.
    """

    live: bool

    def create(self, attempt: Attempt) -> Payment:
        """An unconfirmed payment: no money moves. The same attempt gives the same payment for a day at least."""
        ...

    def confirm(self, attempt: Attempt, payment_id: str) -> Payment:
        """Take the money, without the member. A decline is an answer, not an error."""
        ...

    def payment(self, payment_id: str) -> Payment: ...

    def with_moment(self, known: Payment) -> Payment:
        """The same one as it is now, with the moment at which it was paid."""
        ...

    def payments_of(self, customer_id: str, order_id: str) -> list[Payment]:
        """All payments of that pre-order, newest first."""
        ...

    def payments_since(self, moment: datetime) -> Iterator[Payment]: ...

    def cancel(self, payment_id: str) -> Payment:
        """Nobody can pay it any more; one that succeeded stays as it is."""
        ...

    def refund(self, refund_id: str, payment_id: str, amount_minor: int) -> Refund: ...

    def refunds_of(self, payment_id: str) -> list[Refund]: ...

    def new_customer(self, member_id: str, instead_of: str = "") -> str:
        """The provider's id of a member. No name and no address goes there. `instead_of`: one that was deleted."""
        ...

    def customer_deleted(self, customer_id: str) -> bool:
        """Whether it was there and is no more, by the provider's word."""
        ...

    def forget_customer(self, customer_id: str) -> None:
        """With the cards saved; payments stay. Quiet where it is gone already."""
        ...

    def start_set_up(self, key: str, customer_id: str, order_id: str, back: str, away: str) -> SetUp:
        """A page of the provider's where a card is saved for later. The same key gives the same page."""
        ...

    def authenticate(self, key: str, payment_id: str, payment_method_id: str, back: str) -> str:
        """Ask the bank again, with the member there: the page to send them to, empty where none is needed."""
        ...

    def dispute(self, dispute_id: str) -> Dispute: ...

    def refunds_since(self, moment: datetime) -> Iterator[Refund]: ...

    def events_since(self, moment: datetime, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
        """What the provider tried to tell us, as its webhooks would have."""
        ...

    def event(self, event_id: str) -> tuple[str, dict[str, Any]]:
        """(kind, hint) of a message, as its webhook would have brought it."""
        ...

    def saved_card(self, setup_id: str) -> SavedCard | None:
        """None where the member has not finished, or the card was removed since."""
        ...

    def card_ends(self, customer_id: str, payment_method_id: str) -> int | None:
        """When the card ends, as year * 100 + month; None where the provider says that it was removed.

        Raises Refused where it knows nothing of it: then nobody can say, and the account may be the wrong one.
        """
        ...
