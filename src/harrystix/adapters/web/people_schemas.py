"""What goes in and out as JSON about people: approvals, erasures, staff, keys, retention."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from harrystix.adapters.web.ids import IdText
from harrystix.adapters.web.roles import Scope
from harrystix.adapters.web.shapes import Body, Model, Moment


class ApprovalOut(Model):
    id: str
    kind: str
    subject: str
    event_id: str
    details: dict[str, Any]
    reason: str
    state: str = Field(description="requested, granted, denied, done or failed.")
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    outcome: str
    done: int
    refused: int


class WhyIn(Body):
    reason: str = Field(min_length=1, max_length=200, description="Names nobody: it can't be erased.")


class WaitsOut(Model):
    approval_id: str


class ErasureOut(Model):
    id: str
    member_id: str
    origin: str
    state: str
    ordered_at: datetime
    completed_at: datetime | None
    certificate: dict[str, Any] = Field(default_factory=dict, description="Once it is completed.")


class FindIn(Body):
    email: str = Field(min_length=3, max_length=254)


class FoundOut(Model):
    member_id: str
    email: str = Field(description="Masked.")
    pre_orders: list[str]


class BehalfIn(Body):
    email: str = Field(min_length=3, max_length=254)
    name: str = Field(default="", max_length=100)
    variant_id: str | None = Field(default=None, max_length=40)


class BehalfOut(Model):
    pre_order_id: str
    member_id: str
    status: str


class StaffOut(Model):
    staff_id: str
    name: str
    email: str
    role: str
    disabled: bool
    events: list[str]


class StaffNewIn(Body):
    email: str = Field(min_length=3, max_length=254)
    name: str = Field(min_length=1, max_length=100)
    role: Literal["admin", "support", "owner", "auditor"]
    reason: str = Field(min_length=1, max_length=200)


class StaffNewOut(Model):
    staff_id: str
    approval_id: str


class EnrolIn(Body):
    token: str = Field(min_length=20, max_length=100)
    password: str = Field(min_length=12, max_length=200)


class EnrolledOut(Model):
    """Shown once: for an authenticator app, and codes that are each good once in its place."""

    uri: str
    recovery_codes: list[str]


class RoleIn(Body):
    role: Literal["admin", "support", "owner", "auditor"]
    reason: str = Field(min_length=1, max_length=200)


class AddressIn(Body):
    email: str = Field(min_length=3, max_length=254)


class KeyIn(Body):
    role: Literal["admin", "support", "owner", "auditor", "partner"]
    label: str = Field(min_length=1, max_length=100)
    scopes: list[Scope] = Field(default_factory=list[Scope], max_length=10)
    events: list[IdText] | None = Field(default=None, max_length=200, description="Without: all of them.")
    expires_at: Moment | None = None
    replaces: str | None = Field(
        default=None,
        pattern="^[0-9a-f]{12}$",
        description="Another key of the same partner: this one goes on with its pre-orders and uploads.",
    )
    reason: str = Field(min_length=1, max_length=200)


class KeyNewOut(Model):
    """The key is shown once; good once a second person has agreed."""

    key_id: str
    key: str
    approval_id: str


class KeyOut(Model):
    key_id: str
    role: str
    label: str
    scopes: list[str]
    events: list[str] | None
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class MasterKeyOut(Model):
    version: int
    current: bool
    in_file: bool
    retired: bool
    rows: int


class KeptOut(Model):
    what: str
    why: str
    days: float
    rows: int | None = Field(description="What is there now; null where it is not counted.")


class ApprovalIdOut(Model):
    """It waits for a second person."""

    approval_id: str
