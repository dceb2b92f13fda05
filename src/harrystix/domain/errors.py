"""Typed refusals. `code` is stable and public; adapters map it to HTTP, exit codes and words in one table."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A command that the rules refuse. `facts` are ids, names of states and numbers, never personal data."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class IllegalTransition(DomainError):
    code = "illegal_transition"

    def __init__(self, thing: str, thing_id: object, state: str, command: str) -> None:
        super().__init__(
            f"{thing} {thing_id} is {state}: {command} is not possible.",
            id=str(thing_id),
            state=state,
            command=command,
        )


class NotFound(DomainError):
    code = "not_found"


class NotPaid(DomainError):
    code = "not_paid"


class WrongTicketedEvent(DomainError):
    code = "wrong_event"


class PaymentMismatch(DomainError):
    code = "payment_mismatch"


class OverRefund(DomainError):
    code = "over_refund"


class UnknownVariant(DomainError):
    code = "unknown_variant"


class InvalidValue(DomainError):
    code = "invalid_value"


class Busy(DomainError):
    """There is more to do than can be done now. `after`: seconds until it is worth another try."""

    code = "busy"


class AlreadyTaken(DomainError):
    code = "already_taken"


class NotFree(DomainError):
    code = "not_free"


class OutOfDate(DomainError):
    """The command was meant for an older version."""

    code = "out_of_date"


class Conflict(DomainError):
    """Somebody else changed the same thing at the same time, again and again."""

    code = "conflict"


class NotOnSale(DomainError):
    """Outside the sales window, or too late to be paid before the event."""

    code = "not_on_sale"


class NeedsSecond(DomainError):
    """A second person has to want it too."""

    code = "needs_second"
