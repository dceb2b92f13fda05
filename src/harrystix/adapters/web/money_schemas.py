"""What goes in and out about money: minor units and currencies, never a card."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictInt

from harrystix.adapters.web.ids import UUID
from harrystix.adapters.web.schemas import VariantOut
from harrystix.adapters.web.shapes import Body, Model


class EventOnSale(Model):
    id: str
    name: str
    venue: str
    starts_at: datetime
    time_zone: str
    price_minor: int
    currency: str
    sales_close_at: datetime
    capture_at: datetime = Field(description="When the money would be taken.")
    variants: list[VariantOut]


class OrderIn(Body):
    event_id: str = Field(pattern=UUID)
    variant_id: str | None = Field(None, max_length=40, description="None: any.")


class MemberOrderOut(Model):
    id: str
    event_id: str
    event: str
    starts_at: datetime | None
    time_zone: str
    variant: str
    ticket_variant: str | None
    price_minor: int
    currency: str
    status: str
    shown: str
    placed_at: datetime
    confirmed_at: datetime | None
    assigned_at: datetime | None
    delivery: str
    needs: str = Field(description="What the member has to do: authenticate, new_card or nothing.")
    card_expires: str | None = Field(description="Month of the saved card; None: there is no card.")
    capture_at: datetime | None = Field(description="When the money will be taken, while it is not.")
    next_step: str = Field(description="One sentence: what happens next.")


class UrlOut(Model):
    url: str = Field(description="Send the member there; empty: there is nothing to do.")


class RunOut(Model):
    """`counts`: attempts by state; `outcomes`: what follows from the declined ones."""

    id: str
    schedule: str
    day: date
    kind: str
    actor: str
    state: str
    started_at: datetime
    enumerated_at: datetime | None
    ended_at: datetime | None
    no_card: int
    needs_member: int
    given_up: int
    counts: dict[str, int]
    outcomes: dict[str, int]
    amounts: dict[str, int]


class StartedOut(Model):
    run_id: str


class AttemptOut(Model):
    order_id: str
    event_id: str
    amount_minor: int
    currency: str
    state: str
    code: str
    outcome: str
    requested_at: datetime
    settled_at: datetime | None


class ShortfallOut(Model):
    event_id: str
    event: str
    variant_id: str
    variant: str = Field(description="Its name; empty: no preference, whose supply is what others leave.")
    demand: int
    supply: int
    short: int


class RehearsalLineOut(Model):
    order_id: str
    member_id: str
    event_id: str
    event: str
    variant_id: str
    variant: str
    amount_minor: int
    currency: str
    fate: str = Field(description="charge, expired_card, no_card, needs_member or over.")


class RehearsalOut(Model):
    at: datetime
    orders: dict[str, int]
    amounts: dict[str, int]
    shortfall: list[ShortfallOut]
    lines: list[RehearsalLineOut]


class RefundIn(Body):
    reason: str = Field(min_length=1, max_length=200)
    amount_minor: StrictInt | None = Field(
        None, ge=1, le=100_000_00, description="None: everything that is left."
    )


class RefundAsked(Model):
    """Either it is under way, or it waits for a second person."""

    refund_id: str | None = None
    approval_id: str | None = None


class RefundOut(Model):
    id: str
    order_id: str
    event_id: str
    amount_minor: int
    currency: str
    origin: str
    reason: str
    actor: str
    state: str
    code: str
    requested_at: datetime
    settled_at: datetime | None


class PlanLineOut(Model):
    order_id: str
    member_id: str
    amount_minor: int
    currency: str
    has_ticket: bool


class PlanOut(Model):
    """A dry run: who would get how much back, in queue order. `approval_id`: it waits for a second person."""

    event_id: str
    scope: str
    orders: int
    amount_minor: int
    fingerprint: str = Field(description="Of these people and amounts; the order names it.")
    held: bool = Field(description="The rule is stopped by a person.")
    not_before: datetime | None = Field(description="When the rule would act, if it has planned to.")
    lines: list[PlanLineOut]
    approval_id: str | None = None


class BulkRefundIn(Body):
    """Numbers and fingerprint of the dry run that is meant: for other people or amounts by now nothing happens."""

    scope: Literal["waiting", "all"]
    reason: str = Field(min_length=1, max_length=200)
    orders: StrictInt = Field(ge=1)
    amount_minor: StrictInt = Field(ge=1)
    fingerprint: str = Field(min_length=1, max_length=64)


class HoldIn(Body):
    held: StrictBool
    reason: str = Field(min_length=1, max_length=200)


class CaseOut(Model):
    id: str
    order_id: str
    event_id: str
    kind: str
    reason: str
    state: str
    opened_at: datetime
    closed_at: datetime | None


class FindingOut(Model):
    id: str
    kind: str
    subject: str
    details: dict[str, Any]
    first_seen: datetime
    last_seen: datetime
    resolved_at: datetime | None
    resolved_by: str


class ReconciledOut(Model):
    since: datetime
    counts: dict[str, int]
    findings: dict[str, int]
    new: int


class InboxOut(Model):
    id: int
    provider: str
    kind: str
    state: str
    note: str
    attempts: int
    received_at: datetime
