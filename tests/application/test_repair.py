"""Repair of what older versions gave twice: each login ends in one mailbox, whatever happened to it before."""

import json
from pathlib import Path

import orjson

from harrystix.adapters.vault.tickets import place_of
from harrystix.application import repair
from harrystix.application.handlers import money
from harrystix.application.handlers import orders as handlers
from harrystix.domain.ids import assignment_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticketed_event import TicketedEvent
from tests.application.processes.test_allocation import by, orders_of
from tests.test_releases import RELEASES, upgraded
from tests.world import Servers, World


def doubled(here: World, event: TicketedEvent, ticket: str, order: PreOrder) -> None:
    """As an older version gave it: a ticket that somebody has, to one who waits."""
    who = by(here)
    pool = here.system.store.check_out(str(event.id), who)
    given = assignment_id(ticket, str(order.id), pool.version + 1)
    pool.record(
        who,
        pool.TicketsAssigned,
        event_id=pool.event_id,
        order_ids=[str(order.id)],
        ticket_ids=[ticket],
        assignment_ids=[given],
        wanted_ids=[order.variant_id],
        variant_ids=[""],
        rules=["exact"],
        reason="",
        uploads={},
        fresh_tickets=0,
        fresh_orders=0,
        rule_version=1,
    )
    order.assign_ticket(
        who,
        ticket_id=ticket,
        assignment_id=given,
        variant_id="",
        upload_id=str(pool.tickets[ticket][1]),
        rule="exact",
        eligible_at=here.context.clock.now(),
    )
    here.system.store.commit(pool, order)


def test_a_doubled_ticket_stays_with_the_one_who_has_got_it(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 1))
    # The first one's mail never left: Postmark refuses the address.
    here.fault(inactive=["m0@uni.example"])
    here.settle()
    first, second = orders_of(here, event)
    doubled(here, event, first.ticket_id, second)
    here.settle()
    assert [str(mail["Recipients"]) for mail in here.mails()] == ["['m1@uni.example']"]
    repair.repair(here.context, by(here), str(event.id), "given twice")
    here.committed(here.file(event, 1, start=5))
    here.settle()
    # Their address works again, and support sends the mail anew.
    here.fault(inactive=[])
    handlers.resend(here.context, by(here), [str(first.id)])
    here.settle()
    first, second = orders_of(here, event)
    assert second.served and first.served
    mailboxes: dict[str, set[str]] = {}
    for mail in here.mails():
        mailboxes.setdefault(mail["Metadata"]["credential"], set()).add(mail["To"][0]["Email"])
    assert list(map(len, mailboxes.values())) == [1, 1], "each login is in one mailbox"
    assert second.assignments_made == [second.assignment_id], "who had the ticket in the mailbox keeps it"


def test_the_repair_comes_too_late_for_nobody_after_one_of_two_holders_was_refunded(here: World) -> None:
    """The first one has read it and gets the money back; the second one's mail has not left yet."""
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 1))
    here.settle()
    first, second = orders_of(here, event)
    doubled(here, event, first.ticket_id, second)
    money.request_refund(here.context, by(here), str(first.id), reason="r")
    for one in repair.find(here.context, repair.events_of(here.context)):
        repair.repair(here.context, by(here), one.event_id, "given twice")
    here.committed(here.file(event, 1, start=5))
    here.settle()
    mailboxes: dict[str, set[str]] = {}
    for mail in here.mails():
        mailboxes.setdefault(mail["Metadata"]["credential"], set()).add(mail["To"][0]["Email"])
    assert sorted(map(len, mailboxes.values())) == [1, 1], "each login is in one mailbox"
    assert here.broken() == []


def test_who_used_the_ticket_of_two_has_a_used_one_after_the_repair(servers: Servers, tmp_path: Path) -> None:
    damage = json.loads((RELEASES / "485fe5d-damaged.json").read_text())["two_tickets"][0]
    with upgraded(servers, tmp_path, "485fe5d-damaged") as here:
        who = by(here)
        order = here.system.store.get(PreOrder, damage["order_id"])
        pool = here.system.store.check_out(damage["event_id"], who)
        # That is what an older version did with both.
        order.use_ticket(who)
        pool.use_ticket(who, damage["order_id"])
        here.system.store.commit(order, pool)
        here.system.store.check_in(pool)
        here.settle()
        for one in repair.find(here.context, repair.events_of(here.context)):
            repair.repair(here.context, who, one.event_id, "given twice")
        here.settle()
        mended = here.system.store.pool(damage["event_id"])
        assert mended
        assert mended.tickets[damage["member_ticket_id"]][3] == "used"
        row = here.system.database.one(
            "SELECT status FROM reporting.pre_orders WHERE id = %s", (damage["order_id"],)
        )
        assert row == ("used",)
        assert [line for result in here.verify(payments=False) for line in result.broken] == []


def test_a_refund_of_who_has_two_tickets_leaves_none_that_is_nobodys(
    servers: Servers, tmp_path: Path
) -> None:
    """Before anybody has repaired it: the pool gave two, and the pre-order knows the first of them."""
    damage = json.loads((RELEASES / "485fe5d-damaged.json").read_text())["two_tickets"][0]
    with upgraded(servers, tmp_path, "485fe5d-damaged") as here:
        money.request_refund(here.context, by(here), damage["order_id"], reason="r")
        here.settle()
        for one in repair.find(here.context, repair.events_of(here.context)):
            repair.repair(here.context, by(here), one.event_id, "given twice")
        here.settle()
        pool = here.system.store.pool(damage["event_id"])
        assert pool
        assert pool.tickets[damage["member_ticket_id"]][3] == "void", "the member has read it"
        (waited,) = here.system.store.get_many(PreOrder, damage["waiting_order_ids"]).values()
        assert waited.ticket_id == damage["pool_ticket_id"], "nobody has seen that one"
        assert pool.differences() == []


def test_verify_finds_two_tickets_of_an_older_version_with_one_login(here: World) -> None:
    """`Box7@…` and `box7@…` were two then; the fingerprints are made anew after the upgrade."""
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 2))
    here.settle()
    _, second = [
        row[0]
        for row in here.system.database.all("SELECT ticket_id::text FROM vault.tickets ORDER BY row_number")
    ]
    wrapped, sealed = here.context.tickets._keys.seal(
        orjson.dumps(["T0@tickets.example", "pw-0"]), place_of(second)
    )
    here.system.database.execute(
        "UPDATE vault.tickets SET form = 1, wrapped_key = %b, sealed = %b, fingerprint = '\\x00' "
        "WHERE ticket_id = %s",
        (wrapped, sealed, second),
    )
    here.context.tickets.make_canonical()
    assert second in "\n".join(here.broken())
