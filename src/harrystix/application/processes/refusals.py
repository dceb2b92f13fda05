"""Refusals that are no bank's word: of our account or set-up, or of what we know of one pre-order."""

from dataclasses import dataclass, field

from harrystix.application.context import Context
from harrystix.application.payment_ports import Pace

# Of one kind, of different pre-orders: that is no coincidence.
ALIKE = 5


@dataclass
class Refusals:
    """Of one batch. `codes`: by pre-order. `served`: the provider has done something for us all the same."""

    codes: dict[str, str] = field(default_factory=dict[str, str])
    served: bool = False

    def judge(self, context: Context, pace: Pace) -> None:
        """Several that are refused alike while nobody is served: that is our set-up; else it is each one's own."""
        for code in sorted(set(self.codes.values())):
            alike = [order_id for order_id, why in self.codes.items() if why == code]
            ours = len(alike) >= ALIKE and not self.served
            if ours:
                pace.stop(code)
            for order_id in alike:
                context.failures.add("capture", order_id, code, park=not ours)
