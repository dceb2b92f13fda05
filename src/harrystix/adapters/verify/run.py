"""Runs every checker over the log, then compares the tables beside it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import LiteralString

from harrystix.adapters.chain.anchors import Anchor
from harrystix.adapters.chain.check import check as check_chain
from harrystix.adapters.follower.rebuild import rebuild
from harrystix.adapters.follower.tail import after
from harrystix.adapters.postgres.books import Books
from harrystix.adapters.postgres.database import Database
from harrystix.application.payment_ports import PaymentGateway
from harrystix.application.reconcile import compare
from harrystix.application.reconcile.run import BEGINNING
from harrystix.application.store import Store
from harrystix.application.verify.agreement import Agreement
from harrystix.application.verify.checkers import (
    Accounted,
    Checker,
    LegalTransitions,
    OneMail,
    OnePreOrder,
    OneToOne,
    PaidFirst,
)
from harrystix.application.verify.fifo import Fifo, Stranded
from harrystix.application.verify.money import Money
from harrystix.projections.registry import MODELS


@dataclass
class Result:
    name: str
    checked: int
    broken: list[str] = field(default_factory=list[str])


def verify(
    store: Store,
    database: Database,
    *,
    at_rest: bool = True,
    payments: PaymentGateway | None = None,
    anchors: Sequence[Anchor] = (),
) -> list[Result]:
    """`at_rest`: nothing is under way, so nothing may be left over either. `payments`: the provider's books.

    `anchors`: heads of the hash chain from outside the database.
    """
    fifo = Fifo()
    checkers: list[Checker] = [
        OneToOne(),
        OnePreOrder(),
        PaidFirst(),
        fifo,
        Accounted(),
        OneMail(),
        LegalTransitions(),
        Money(),
        Agreement(),
        Stranded(fifo),
    ]
    position = 0
    while batch := after(store, position, 5000):
        for position, fact in batch:
            for checker in checkers:
                checker.see(position, fact)
    if at_rest:
        for checker in checkers:
            checker.at_rest()
    results = [Result(c.name, c.checked, c.broken) for c in checkers]
    return [
        *results,
        _chain(database, anchors),
        _read_models(store, database),
        _pools(store, database),
        _mail_ledger(database),
        *([_due(database)] if at_rest else []),
        *([_provider(database, payments)] if payments else []),
    ]


def _chain(database: Database, anchors: Sequence[Anchor]) -> Result:
    found = check_chain(database.url, anchors)
    return Result("I17 the log is what it was", found.events, found.broken)


def _read_models(store: Store, database: Database) -> Result:
    report = rebuild(database.url, store, list(MODELS.values()), switch=False)
    broken = [
        f"I8: {d.table} has {d.only_live} rows that the log does not give, and lacks {d.only_new}"
        for d in report.differences
        if d.only_live or d.only_new
    ]
    return Result("I8 read models equal the log", report.facts, broken)


def _pools(store: Store, database: Database) -> Result:
    """What each pool keeps at hand is what its tickets and pre-orders give."""
    events = database.all("SELECT id::text FROM reporting.events ORDER BY id")
    found = [(event, pool) for (event,) in events if (pool := store.pool(event))]
    broken = [f"I2: event {event}: {line}" for event, pool in found for line in pool.differences()]
    return Result("I2 pools agree with themselves", len(found), broken)


def _mail_ledger(database: Database) -> Result:
    """Every accepted mail is in the log and the other way round; credentials are there for every held ticket."""
    checks: tuple[tuple[str, LiteralString], ...] = (
        (
            "ledger rows accepted but not in the log",
            "SELECT count(*) FROM app.mail_ledger l WHERE l.state IN ('accepted', 'delivered', 'bounced') "
            "AND NOT EXISTS (SELECT 1 FROM reporting.assignment_logs a WHERE a.pre_order_id = l.order_id "
            "AND a.action IN ('PreOrder.TicketEmailAccepted', 'PreOrder.NoticeSent') "
            "AND a.details->>'intent_id' = l.intent_id::text)",
        ),
        (
            "mails accepted in the log but not in the ledger",
            "SELECT count(*) FROM reporting.assignment_logs a "
            "WHERE a.action IN ('PreOrder.TicketEmailAccepted', 'PreOrder.NoticeSent') "
            "AND NOT EXISTS (SELECT 1 FROM app.mail_ledger l WHERE l.intent_id::text = a.details->>'intent_id' "
            "AND l.state IN ('accepted', 'delivered', 'bounced')) "
            # Records of mails have their time.
            "AND a.recorded_at > now() - interval '399 days'",
        ),
        (
            "people whose address is another one's too, or none",
            "SELECT count(*), string_agg(trouble || ' ' || id, ', ') FROM ("
            "SELECT trouble, member_id::text AS id FROM vault.members WHERE trouble IS NOT NULL "
            "UNION ALL SELECT trouble, staff_id::text FROM vault.staff WHERE trouble IS NOT NULL) t",
        ),
        (
            "tickets with a login that another one of their event has",
            "SELECT count(*), string_agg(ticket_id::text, ', ') FROM vault.tickets WHERE doubled",
        ),
        (
            "held tickets without credential",
            "SELECT count(*) FROM reporting.ticket_assignments a WHERE a.status <> 'revoked' "
            "AND NOT EXISTS (SELECT 1 FROM vault.tickets t WHERE t.ticket_id = a.ticket_id AND t.state = 'stock') "
            # Credentials go some time after the event.
            "AND NOT EXISTS (SELECT 1 FROM reporting.events e WHERE e.id = a.event_id "
            "AND e.starts_at < now() - interval '90 days')",
        ),
    )
    row = database.one("SELECT count(*) FROM app.mail_ledger")
    broken = [
        f"I6: {found[0]} {what}" + "".join(f": {which}" for which in found[1:])
        for what, query in checks
        if (found := database.one(query)) and found[0]
    ]
    return Result("I6 ledger equals the log", row[0] if row else 0, broken)


def _provider(database: Database, gateway: PaymentGateway) -> Result:
    """Every payment and refund of ours is theirs, and no pre-order is charged twice."""
    books, now = Books(database), datetime.now(UTC) + timedelta(days=1)
    own = books.payments(BEGINNING)
    theirs = list(gateway.payments_since(BEGINNING))
    refunds = list(gateway.refunds_since(BEGINNING))
    given_back: Counter[str] = Counter()
    for refund in refunds:
        given_back[refund.payment_id] += refund.amount_minor if refund.state not in compare.LOST else 0
    found = [
        *compare.payments(own, theirs, now),
        *compare.refunds(books.refunds(BEGINNING, []), refunds, own, now),
        *compare.charged_twice(theirs, given_back),
    ]
    broken = [f"I7: {finding.kind} {finding.subject}" for finding in found]
    return Result("I7 our ledger equals the provider's", len(theirs) + len(refunds), broken)


def _due(database: Database) -> Result:
    rows = database.all(
        "SELECT kind, count(*) FROM reporting.due_work WHERE kind NOT IN ('complete', 'refund') GROUP BY kind"
    )
    return Result("I10 nothing is left to do", 1, [f"I10: {count} {kind} still due" for kind, count in rows])
