"""The policy table: which role may do which kind of act. What is not here nobody may; each route names its act."""

from enum import StrEnum


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"
    SUPPORT = "support"
    OWNER = "owner"
    AUDITOR = "auditor"
    PARTNER = "partner"


class Act(StrEnum):
    OWN = "order for oneself, and see what is one's own"
    READ = "read events and what is in them; addresses are masked"
    ORDERS = "read pre-orders and what became of them; addresses are masked"
    HOUSE = "read what is of the whole house: runs, findings, messages, cases, erasures"
    AUDIT = "read the audit log; support its own acts only"
    STOCK = "events, imports, reconciling"
    FILES = "see what became of ticket files"
    TICKETS = "check, correct, commit and withdraw ticket files"
    CAPTURE = "start a capture by hand"
    SERVE = "resend, mark used"
    BEHALF = "order and cancel for a member"
    MONEY = "refunds, disputes, findings, parked messages"
    REVEAL = "see a credential, for a purpose that is recorded"
    VIEW = "find a member, see a member's pages, for a reason that is recorded"
    ADDRESS = "put a member's address right"
    ERASE = "ask for an erasure"
    APPROVE = "grant or deny what somebody else asked for"
    PEOPLE = "staff, keys, retention"
    SELF = "one's own session"


class Scope(StrEnum):
    """What a partner's key may be for."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    TICKETS_WRITE = "tickets:write"


STAFF = frozenset({Role.ADMIN, Role.SUPPORT, Role.OWNER, Role.AUDITOR})
DESK = frozenset({Role.SUPPORT, Role.OWNER})
ALLOWED: dict[Act, frozenset[Role]] = {
    Act.OWN: frozenset({Role.MEMBER}),
    Act.READ: STAFF,
    Act.ORDERS: STAFF | {Role.PARTNER},
    Act.HOUSE: STAFF,
    Act.AUDIT: STAFF,
    Act.STOCK: frozenset({Role.ADMIN, Role.OWNER}),
    Act.FILES: STAFF | {Role.PARTNER},
    Act.TICKETS: frozenset({Role.ADMIN, Role.OWNER, Role.PARTNER}),
    Act.CAPTURE: frozenset({Role.ADMIN, Role.OWNER}),
    Act.SERVE: frozenset({Role.ADMIN, Role.SUPPORT, Role.OWNER}),
    Act.BEHALF: frozenset({Role.SUPPORT, Role.PARTNER}),
    Act.MONEY: DESK,
    Act.REVEAL: DESK,
    Act.VIEW: DESK,
    Act.ADDRESS: DESK,
    Act.ERASE: DESK,
    Act.APPROVE: frozenset({Role.ADMIN, Role.SUPPORT, Role.OWNER}),
    Act.PEOPLE: frozenset({Role.OWNER}),
    Act.SELF: STAFF | {Role.MEMBER},
}
SCOPES: dict[str, frozenset[Act]] = {
    Scope.ORDERS_READ: frozenset({Act.ORDERS}),
    Scope.ORDERS_WRITE: frozenset({Act.BEHALF}),
    Scope.TICKETS_WRITE: frozenset({Act.TICKETS, Act.FILES}),
}
# What nobody may who is there for some events only.
WHOLE_HOUSE = frozenset({Act.HOUSE, Act.CAPTURE, Act.MONEY, Act.VIEW, Act.ADDRESS, Act.ERASE, Act.PEOPLE})
# Acts before which a signed-in person proves once more who they are. A key has no second factor to ask for.
DANGEROUS = frozenset(
    {Act.CAPTURE, Act.MONEY, Act.REVEAL, Act.VIEW, Act.ADDRESS, Act.ERASE, Act.APPROVE, Act.PEOPLE}
)
# Who may grant what: the role that could do it alone if it were smaller; people, keys and erasures are the owner's.
GRANTED_UNDER: dict[str, Act] = {
    "resend": Act.SERVE,
    "refund": Act.MONEY,
    "refunds": Act.MONEY,
    "bulk": Act.MONEY,
    "erasure": Act.PEOPLE,
    "role": Act.PEOPLE,
    "staff": Act.PEOPLE,
    "event": Act.PEOPLE,
    "api_key": Act.PEOPLE,
    "import": Act.PEOPLE,
}
