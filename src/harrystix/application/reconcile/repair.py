"""What a person can do about a finding. Each repair is one that the system would have done by itself in time."""

from collections.abc import Callable

from harrystix.application.context import Context
from harrystix.application.handlers import money
from harrystix.application.processes.payment_news import follow_payment, follow_refunds
from harrystix.application.reconcile.books import Books, KnownFinding
from harrystix.domain.errors import InvalidValue, NotFound
from harrystix.domain.values import By

NewsIn = Callable[[str], bool]


def repair(context: Context, books: Books, by: By, finding_id: str, take_in: NewsIn) -> KnownFinding:
    """Follow the provider, give a stray payment back, or take in a lost message.

    `take_in`: fetches a provider's event and puts it into the inbox. Raises NotFound; InvalidValue where only a
    person at the provider can help.
    """
    finding = books.finding(finding_id)
    if finding is None or finding.resolved_at is not None:
        raise NotFound(f"There is no open finding {finding_id}.", id=finding_id)
    match finding.kind:
        case "payment_unknown":
            follow_payment(context, by, context.payments.payment(finding.subject))
        case "refund_unknown" | "refund_differs":
            follow_refunds(context, by, context.payments.payment(str(finding.details["payment_id"])))
        case "stray_payment":
            money.request_refund(
                context,
                by,
                str(finding.details["order_id"]),
                reason="a payment that nobody wanted",
                origin="stray",
                payment_id=finding.subject,
            )
        case "webhook_missed":
            take_in(finding.subject)
        case "refund_missing":
            context.nudge.send("refund", "")
        case _:
            raise InvalidValue(
                "This has no repair here: look at the payment at the provider, then dismiss the finding.",
                field="finding",
            )
    books.resolve(finding_id, by.actor)
    return finding


def dismiss(books: Books, by: By, finding_id: str) -> KnownFinding:
    """A person has looked and says that it is well. It comes back as a new one if it is found again."""
    finding = books.finding(finding_id)
    if finding is None or finding.resolved_at is not None:
        raise NotFound(f"There is no open finding {finding_id}.", id=finding_id)
    books.resolve(finding_id, by.actor)
    return finding
