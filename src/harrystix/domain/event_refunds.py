"""Refunds of a whole event: by the rule, after a dry run that a person can stop; or by a person."""

from datetime import datetime

from harrystix.domain import event_refunds_events as facts
from harrystix.domain.base import Root
from harrystix.domain.errors import IllegalTransition, InvalidValue
from harrystix.domain.values import By, reason_given

SCOPES = {"waiting", "all"}


class EventRefunds(Root):
    """A part of TicketedEvent; it has no stream of its own."""

    currency: str
    starts_at: datetime

    def no_refunds_yet(self) -> None:
        """The state before anything happened; called once, when the event is announced."""
        self.allocation_ends_at: datetime | None = None
        self.refunds_planned_for: datetime | None = None
        self.refunds_held = False
        # [scope, origin, reason, job]; the job has the list of whom it is about.
        self.refunds_under_way: list[str] = []
        self.refunds_refused: list[str] = []
        # Everybody's money goes back: nobody pays for this night any more.
        self.all_refunded = False
        self.refund_jobs: list[str] = []

    @property
    def allocation_end(self) -> datetime:
        """Whoever has paid and has no ticket by then is refunded by the rule, some hours later."""
        return min(self.allocation_ends_at or self.starts_at, self.starts_at)

    def change_allocation_end(self, by: By, allocation_ends_at: datetime | None) -> None:
        """A later end takes a plan of the rule back that was made for an earlier one."""
        if allocation_ends_at != self.allocation_ends_at:
            self.record(by, facts.AllocationEndChanged, allocation_ends_at=allocation_ends_at)

    def plan_refunds(self, by: By, *, orders: int, amount_minor: int, not_before: datetime) -> None:
        if self.refunds_planned_for is None and not self.refunds_under_way:
            self.record(
                by,
                facts.RefundsPlanned,
                orders=orders,
                amount_minor=amount_minor,
                currency=self.currency,
                not_before=not_before,
            )

    def hold_refunds(self, by: By, *, held: bool, reason: str) -> None:
        why = reason_given(reason)
        if held != self.refunds_held:
            self.record(by, facts.RefundsHeld, held=held, reason=why)

    def order_refunds(
        self, by: By, *, scope: str, origin: str, reason: str, orders: int, amount_minor: int, job_id: str
    ) -> None:
        why = reason_given(reason)
        if scope not in SCOPES:
            raise InvalidValue("The scope is waiting or all.", field="scope")
        if self.refunds_under_way:
            raise IllegalTransition("Event", self.id, "being refunded", "refunding it again")
        self.record(
            by,
            facts.RefundsOrdered,
            scope=scope,
            origin=origin,
            reason=why,
            orders=orders,
            amount_minor=amount_minor,
            currency=self.currency,
            job_id=job_id,
        )

    def finish_refunds(self, by: By, refused: list[str]) -> None:
        if self.refunds_under_way:
            self.record(by, facts.RefundsFinished, refused=refused[:500])
