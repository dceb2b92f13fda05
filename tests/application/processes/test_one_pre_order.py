"""One pre-order, member or tab is one: what is wrong with it keeps no other waiting, and no mail out of the log."""

import contextlib
import re
from datetime import timedelta
from typing import Any

import pytest
import requests

from harrystix.application.handlers import money
from harrystix.application.handlers import orders as handlers
from harrystix.application.processes import forgetting, mailing
from harrystix.application.processes.allocation import allocate
from harrystix.application.reconcile.mails import reconcile_mails
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.adapters.postmark.test_mailing import ready
from tests.adapters.postmark.test_trouble import aged, held, ids
from tests.application.processes.test_allocation import by, orders_of
from tests.money import get, members
from tests.people import later
from tests.world import World


def unreadable(here: World, order: PreOrder) -> None:
    """A fact of a later release, as in a rolling deploy that was taken back."""
    here.system.database.execute(
        "UPDATE log.stored_events SET topic = 'PreOrder.OfTomorrow' WHERE originator_id = %s "
        "AND originator_version = %s",
        (order.id, order.version),
    )


def test_a_pre_order_that_can_not_be_read_keeps_nobody_of_its_event_waiting(here: World) -> None:
    event = here.event()
    here.paid(event, 10)
    here.committed(here.file(event, 10))
    here.follow()
    found = orders_of(here, event)
    unreadable(here, found[2])
    for _ in range(3):
        with contextlib.suppress(Exception):
            allocate(here.context, str(event.id))
    served = [get(here, str(order.id)).status for order in found if order is not found[2]]
    assert served == [Status.ASSIGNED] * 9


def test_a_pre_order_that_can_not_be_read_keeps_no_mail_of_others(here: World) -> None:
    event = here.event()
    here.paid(event, 10)
    here.committed(here.file(event, 10))
    here.settle_until_mail()
    unreadable(here, orders_of(here, event)[2])
    for _ in range(3):
        with contextlib.suppress(Exception):
            mailing.send_due(here.context)
        aged(here)
    assert len(here.mails()) == 9


def test_a_mail_that_left_unseen_before_its_money_went_back_gets_into_the_log(here: World) -> None:
    """Postmark takes it and answers 500; its search shows it after the refund only."""
    ready(here, 1)
    here.fault(error_after=1, blind_searches=1)
    mailing.send_due(here.context)
    aged(here)
    mailing.send_due(here.context)
    (order_id,) = ids(here)
    money.request_refund(here.context, by(here), order_id, reason="r")
    aged(here)
    here.settle()
    start = here.context.clock.now() - timedelta(minutes=5)
    later(here, minutes=10)
    reconcile_mails(here.context, start)
    here.settle()
    rows = here.system.database.all(
        "SELECT details->>'overtaken' FROM reporting.assignment_logs WHERE action = 'PreOrder.TicketEmailAccepted'"
    )
    assert rows == [("refunded",)]


def test_one_member_who_can_not_be_forgotten_keeps_no_other_from_it(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = members(here, 2)
    here.system.database.execute(
        "UPDATE vault.members SET created_at = now() - %s - interval '1 day'", (forgetting.KEEP_IDLE,)
    )
    monkeypatch.setattr(forgetting, "BATCH", 1)
    real = forgetting.order
    (bad,) = here.context.erasures.idle(here.context.clock.now(), 1)

    def poisoned(context: Any, who: Any, member_id: str, **more: Any) -> None:
        if member_id == bad:
            raise RuntimeError
        real(context, who, member_id, **more)

    monkeypatch.setattr(forgetting, "order", poisoned)
    assert len(people) == 2
    assert sum(forgetting.forget_due(here.context) for _ in range(3)) > 0


def test_showing_a_ticket_twice_at_the_same_moment_is_no_error(here: World) -> None:
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle()
    (order,) = orders_of(here, event)
    real, raced = here.system.store.get, list[bool]()

    def get_and_lose(*args: Any) -> Any:
        found = real(*args)
        if not raced:
            raced.append(True)
            handlers.disclose(here.context, by(here), str(order.id), role="member", purpose="two tabs")
        return found

    here.system.store.get = get_and_lose  # type: ignore[method-assign]
    shown = handlers.disclose(here.context, by(here), str(order.id), role="member", purpose="two tabs")
    assert shown == ("t0@tickets.example", "pw-0")


def test_a_member_who_was_mailed_one_ticket_twice_is_not_called_two_members(here: World) -> None:
    """The first mail left unseen, was held, and left again after the hold: one login in one mailbox."""
    ready(here, 1)
    here.fault(error_after=1, blind_searches=1)
    mailing.send_due(here.context)
    aged(here)
    mailing.send_due(here.context)
    (order_id,) = ids(here)
    held(here, order_id)
    who = by(here)
    money.with_pool(here.context, who, [order_id], lambda o: o.release_hold(who, reason="r"))
    aged(here)
    here.settle()
    assert [mail["To"][0]["Email"] for mail in here.mails()] == ["m0@uni.example"] * 2
    start = here.context.clock.now() - timedelta(minutes=5)
    later(here, minutes=10)
    assert reconcile_mails(here.context, start).doubled == []


def test_the_oldest_item_of_every_queue_is_in_the_metrics(online: World) -> None:
    event = online.event()
    online.committed(online.file(event, 1))
    online.context.people.links.request("m0@uni.example")
    online.context.inbox.add("postmark", "d1", "Delivery", {"message_id": "m"})
    online.follow()
    assert ("match", str(event.id)) in online.context.due.overdue(-1)
    text = requests.get(f"{online.web}/metrics", timeout=5).text
    kinds = set(re.findall(r'harrystix_due_work_age_seconds{kind="(\w+)"}', text))
    assert 'harrystix_inbox_age_seconds{provider="postmark"}' in text
    assert {"match", "sign_in"} <= kinds
