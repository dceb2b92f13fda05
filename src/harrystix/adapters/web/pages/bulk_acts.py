"""What can be done with many pre-orders at once: the words for it, and who may."""

from dataclasses import dataclass

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.roles import DANGEROUS, Act


@dataclass(frozen=True, slots=True)
class BulkAct:
    """`consequence`: what a person has to know before."""

    kind: str
    title: str
    consequence: str
    needs: Act = Act.SERVE

    @property
    def dangerous(self) -> bool:
        return self.needs in DANGEROUS


ACTS = {
    act.kind: act
    for act in (
        BulkAct(
            "resend",
            "Mail again",
            "Each gets the same ticket again, at the address on record. A mail that has left cannot be taken back.",
        ),
        BulkAct(
            "used",
            "Mark used",
            "The ticket counts as used; it cannot be mailed again or refunded by rule. This cannot be taken back.",
        ),
        BulkAct(
            "hold",
            "Hold",
            "Who is held gets no ticket and no mail until released, and keeps the place in the queue. "
            "A ticket that is there stays with its pre-order.",
            Act.MONEY,
        ),
        BulkAct(
            "release",
            "Release",
            "Back at the place in the queue, or the mail that was held back goes out.",
            Act.MONEY,
        ),
        BulkAct(
            "refund",
            "Refund",
            "All that was paid and not given back yet goes back. A ticket is taken away, and is void where it was "
            "mailed. This cannot be taken back.",
            Act.MONEY,
        ),
    )
}


def acts_of(who: Caller) -> list[BulkAct]:
    return [act for act in ACTS.values() if who.may(act.needs)]
