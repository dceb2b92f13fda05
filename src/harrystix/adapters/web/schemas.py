"""What goes in and out as JSON: camelCase, nothing extra, no secrets in any list."""

from datetime import datetime
from typing import Any

from pydantic import Field, StrictBool, StrictInt

from harrystix.adapters.web.ids import IdText
from harrystix.adapters.web.shapes import Body, Model, Moment
from harrystix.domain.values import DEFAULT_WINDOW_MINUTES, FallbackRule


class VariantIn(Body):
    name: str = Field(min_length=1, max_length=200)
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class EventIn(Body):
    name: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=1, max_length=40)
    starts_at: Moment
    venue: str = Field("", max_length=200)
    time_zone: str = "Europe/London"
    price_minor: StrictInt = Field(
        0, ge=0, le=100_000_00, description="Price in minor units, pence for example."
    )
    currency: str = Field("GBP", pattern="^[A-Z]{3}$")
    variants: list[VariantIn] = Field(default_factory=list[VariantIn], max_length=100)
    fallback: FallbackRule = FallbackRule.NONE
    window_minutes: StrictInt = Field(DEFAULT_WINDOW_MINUTES, ge=0, le=1440)
    sales_open_at: Moment | None = None
    sales_close_at: Moment | None = None


class EventChange(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    venue: str | None = Field(None, max_length=200)
    starts_at: Moment | None = None
    fallback: FallbackRule | None = None
    window_minutes: StrictInt | None = Field(None, ge=0, le=1440)
    add_variants: list[VariantIn] = Field(default_factory=list[VariantIn], max_length=100)
    sales_open_at: Moment | None = None
    sales_close_at: Moment | None = None
    allocation_ends_at: Moment | None = Field(
        None,
        description="Nobody need expect a ticket later: the unserved are refunded by rule, hours after it.",
    )


class VariantOut(Model):
    id: str
    name: str
    starts_at: datetime | None
    ends_at: datetime | None


class EventOut(Model):
    id: str
    name: str
    code: str
    venue: str
    starts_at: datetime
    time_zone: str
    price_minor: int
    currency: str
    fallback: str
    window_minutes: int
    version: int
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None
    allocation_ends_at: datetime | None = None
    variants: list[VariantOut]


class ProblemOut(Model):
    row: int
    column: str
    code: str
    message: str


class SuggestionOut(Model):
    id: str
    name: str
    why: str


class UnclearOut(Model):
    column: str
    code: str
    written: str
    message: str
    event_id: str
    rows: int
    suggestion: SuggestionOut | None


class CoverageOut(Model):
    event_id: str
    event: str
    variant_id: str
    variant: str
    waiting: int
    in_stock: int
    in_file: int
    short: int
    over: int


class PreviewRow(Model):
    row: int
    event: str
    variant: str
    email: str
    password: str
    qr: str
    status: str


class ReportOut(Model):
    """valid + duplicates + malformed = rows."""

    upload_id: str
    state: str
    file_name: str
    form: str
    encoding: str
    delimiter: str
    rows: int
    valid: int
    duplicates: int
    malformed: int
    problems: list[ProblemOut] = Field(description="The first 200; the rest under /problems.")
    unclear: list[UnclearOut]
    coverage: list[CoverageOut]
    preview: list[PreviewRow]
    same_file_as: str | None = None
    also_waiting_in: list[str] = Field(default_factory=list[str])


class WhatIfOut(Model):
    event_id: str
    event: str
    fallback: str
    is_current: bool
    matched: int
    by_rule: dict[str, int]
    still_waiting: dict[str, int]
    left_over: dict[str, int]


class CorrectionsIn(Body):
    """`events`: written name -> event id. `variants`: event id -> written name -> variant id."""

    events: dict[str, str] = Field(default_factory=dict[str, str])
    variants: dict[str, dict[str, str]] = Field(default_factory=dict[str, dict[str, str]])
    remember: StrictBool = True


class ReasonIn(Body):
    reason: str = Field(min_length=1, max_length=500)


class PurposeIn(Body):
    purpose: str = Field(min_length=1, max_length=200)


class UploadOut(Model):
    id: str
    file_name: str
    form: str
    rows: int
    actor: str
    received_at: datetime
    state: str
    committed_at: datetime | None
    tickets: int
    duplicates: int
    malformed: int
    recalled: int
    left_out: int
    assigned: int
    mailed: int
    delivered: int
    undelivered: int


class CommandOut(Model):
    """What became of an upload by this command; the read models follow within moments."""

    upload_id: str
    state: str
    tickets: int
    # Of a withdrawal: taken back, and left with members who have got them.
    recalled: int | None = None
    left_out: int | None = None


class NumbersOut(Model):
    event_id: str
    event: str = ""
    orders: int
    tickets: int
    assigned: int
    automatic: int
    waiting: int
    unmatched: int
    mailed: int
    undelivered: int
    fulfilment: float | None
    automatic_share: float | None
    delivery_failure: float | None


class OverviewOut(Model):
    as_of: datetime
    totals: NumbersOut
    median_upload_to_mail_ms: int | None
    worst: list[NumbersOut]


class CellOut(Model):
    variant_id: str
    variant: str
    ordered: int
    uploaded: int
    assigned: int
    served: int
    short: int


class AssignmentOut(Model):
    pre_order_id: str
    event_id: str
    member_id: str
    email: str = Field(description="Masked.")
    variant_id: str
    variant: str
    status: str
    placed_at: datetime
    confirmed_at: datetime | None
    ticket_id: str | None
    assignment_id: str | None
    ticket_variant: str | None
    rule: str | None
    assigned_at: datetime | None
    upload_id: str | None
    delivery_status: str | None
    mailed_at: datetime | None


class AuditOut(Model):
    position: int
    recorded_at: datetime
    action: str
    actor: str
    command_id: str
    cause_id: str
    event_id: str | None
    pre_order_id: str | None
    ticket_id: str | None
    upload_id: str | None
    details: dict[str, Any]
    role: str = ""
    request_id: str = ""
    ip: str = Field("", description="For owners and auditors only, like the user agent.")
    user_agent: str = ""


class IdsIn(Body):
    pre_order_ids: list[IdText] = Field(min_length=1, max_length=500)
    reason: str = Field("", max_length=200, description="Needed where a second person has to agree.")


class BulkOut(Model):
    """With an `approval_id` nothing has happened yet: it waits for a second person."""

    done: list[str]
    refused: dict[str, str]
    approval_id: str | None = None


class CredentialOut(Model):
    email: str | None = None
    password: str | None = None
    qr: str | None = None


class ImportOut(Model):
    """imported + known + rejected = rows."""

    rows: int
    imported: int
    confirmed: int = 0
    known: int
    rejected: int
    problems: list[ProblemOut]
