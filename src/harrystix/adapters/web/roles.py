"""The policy table: which role may do which kind of act. What is not here nobody may; each route names its act."""

from enum import StrEnum


class Role(StrEnum):
    MEMBER = "member"
    ADMIN = "admin"
    SUPPORT = "support"
    OWNER = "owner"
    AUDITOR = "auditor"


class Act(StrEnum):
    OWN = "order for oneself, and see what is one's own"
    READ = "read events, orders, uploads, runs, refunds; addresses are masked"
    AUDIT = "read the audit log; support its own acts only"
    STOCK = "events, uploads, imports, captures, reconciling"
    SERVE = "resend, mark used"
    MONEY = "refunds, disputes, findings, parked messages"
    REVEAL = "see a credential, for a purpose that is recorded"
    PEOPLE = "staff"
    SELF = "one's own session"


STAFF = frozenset({Role.ADMIN, Role.SUPPORT, Role.OWNER, Role.AUDITOR})
ALLOWED: dict[Act, frozenset[Role]] = {
    Act.OWN: frozenset({Role.MEMBER}),
    Act.READ: STAFF,
    Act.AUDIT: STAFF,
    Act.STOCK: frozenset({Role.ADMIN, Role.OWNER}),
    Act.SERVE: frozenset({Role.ADMIN, Role.SUPPORT, Role.OWNER}),
    Act.MONEY: frozenset({Role.SUPPORT, Role.OWNER}),
    Act.REVEAL: frozenset({Role.SUPPORT, Role.OWNER}),
    Act.PEOPLE: frozenset({Role.OWNER}),
    Act.SELF: STAFF | {Role.MEMBER},
}
# Acts before which a signed-in person proves once more who they are. A key has no second factor to ask for.
DANGEROUS = frozenset({Act.MONEY, Act.REVEAL, Act.PEOPLE})
