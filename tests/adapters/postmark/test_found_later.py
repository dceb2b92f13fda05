"""Mails that are found later, probes that find nothing to send, and an address that the provider stumbles over."""

from datetime import timedelta

from harrystix.application.handlers import money, orders, uploads
from harrystix.application.handlers import sign_in as links
from harrystix.application.mail_ports import TicketMail
from harrystix.application.processes import composing, mailing
from harrystix.application.processes.inbox import process
from harrystix.application.reconcile.mails import reconcile_mails
from harrystix.domain.pre_order_events import Delivery, Status
from tests.adapters.postmark.test_mailing import due_again, outages, ready, rested, states
from tests.adapters.postmark.test_trouble import aged, held, ids
from tests.money import announced, captured, get, news, ordered, told
from tests.people import later
from tests.world import World


def found(here: World) -> None:
    """Postmark is asked later, and shows what it has."""
    start = here.context.clock.now() - timedelta(minutes=5)
    later(here, minutes=10)
    reconcile_mails(here.context, start)
    here.settle()


def test_a_mail_that_had_left_before_the_refund_breaks_nothing(here: World) -> None:
    """As in test_one_pre_order; a legal history, so that verify is content."""
    ready(here, 1)
    here.fault(error_after=1, blind_searches=1)
    mailing.send_due(here.context)
    aged(here)
    mailing.send_due(here.context)
    (order_id,) = ids(here)
    money.request_refund(here.context, here.context.by("staff:test"), order_id, reason="r")
    aged(here)
    here.settle()
    found(here)
    assert [line for line in here.broken() if "I6" in line or "I8" in line] == []


def test_a_mail_that_was_given_up_and_is_found_is_fulfilled_everywhere(here: World) -> None:
    """Four looks find nothing, it is failed; then Postmark shows it. The member has got the ticket."""
    ready(here, 1)
    here.fault(error_after=10, blind_searches=10)
    for _ in range(12):
        mailing.send_due(here.context)
        # Others are accepted meanwhile, so that it is no outage.
        here.context.outages.closed("postmark")
        aged(here)
    (order_id,) = ids(here)
    here.follow()
    assert get(here, order_id).delivery is Delivery.FAILED, states(here)
    here.fault(error_after=0, blind_searches=0)
    found(here)
    assert get(here, order_id).status is Status.FULFILLED
    rows = here.system.database.all("SELECT status FROM reporting.member_orders")
    assert rows == [("fulfilled",)]
    rows = here.system.database.all("SELECT status, delivery_status FROM reporting.ticket_assignments")
    assert rows == [("sent", "accepted")]


def test_what_has_nothing_to_send_is_no_probe(here: World) -> None:
    """After an outage the first in line are notices that are wrong by now; behind them waits a ticket."""
    owing = ordered(here, announced(here), 3, alias="chargeCustomerFail")
    captured(here, owing)
    for order_id in owing:
        here.charged(order_id)
    for event in news(here, kinds=("payment_intent.succeeded",)):
        told(here, event)
    process(here.context)
    here.follow()
    event = here.event("Other Night")
    here.paid(event, 1, prefix="other")
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    here.context.outages.opened("postmark", "503")
    rested(here)
    mailing.send_due(here.context)
    due_again(here)
    mailing.send_due(here.context)
    assert [mail["Tag"] for mail in here.mails()] == ["ticket"], outages(here)


def test_an_address_that_postmark_stumbles_over_keeps_nobody_from_signing_in_and_no_ticket(
    here: World,
) -> None:
    """It answers 500 to that one address alone; ten rounds, each after the rest and the lease are over."""
    ready(here, 1)
    here.fault(choke_on=["bad@uni.example"])
    here.context.people.links.request("bad@uni.example")
    here.context.people.links.request("m0@uni.example")
    for _ in range(10):
        links.send_links(here.context)
        here.system.database.execute("UPDATE vault.sign_in_requests SET not_before = now()")
        here.system.database.execute("UPDATE app.outages SET next_try_at = now()")
    assert [mail["Tag"] for mail in here.mails()] == ["sign-in"]


def test_who_has_got_the_first_mail_with_this_ticket_is_served_whichever_mail_is_due_now(here: World) -> None:
    """The first mail left unseen, was held and released; it is found before the second one leaves."""
    ready(here, 1)
    here.fault(error_after=1, blind_searches=1)
    mailing.send_due(here.context)
    aged(here)
    mailing.send_due(here.context)
    (order_id,) = ids(here)
    held(here, order_id)
    who = here.context.by("staff:test")
    money.with_pool(here.context, who, [order_id], lambda o: o.release_hold(who, reason="r"))
    start = here.context.clock.now() - timedelta(minutes=5)
    later(here, minutes=10)
    reconcile_mails(here.context, start)
    assert len(here.mails()) == 1
    assert get(here, order_id).served


def test_a_ticket_that_was_mailed_for_an_event_that_the_log_has_lost_is_no_new_one_under_any_event(
    here: World,
) -> None:
    """The event was made after the backup; it is made anew, and the same file is uploaded again."""
    secret = ("t0@tickets.example", "pw-0")
    mark = here.context.tickets.fingerprint(secret).hex()
    model = composing.ticket_model("Lost Night", "", secret)
    lost, batch, event = (str(here.context.ids.new()) for _ in range(3))
    here.context.mailer.send([TicketMail(lost, batch, "m9@uni.example", model, "ticket", event, mark)])
    found(here)
    again = here.event()
    here.paid(again, 2)
    upload = here.received(here.file(again, 2))
    evaluation = uploads.assess(here.context, upload)
    assert [problem.code for problem in evaluation.duplicates] == ["duplicate_in_stock"]


def test_while_a_mail_is_leaving_it_is_not_mailed_again_and_the_desk_is_told(here: World) -> None:
    """It may go to an address that was just put right; afterwards it can be."""
    ready(here, 1)
    (order_id,) = ids(here)
    here.context.ledger.begin(str(here.context.ids.new()), here.context.due.claim("mail", 1, 60))
    by = here.context.by("staff:test", "again")
    refused = orders.resend(here.context, by, [order_id]).refused
    assert "being mailed right now" in refused[order_id]
