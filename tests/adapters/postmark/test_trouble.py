"""Mails whose outcome nobody knows, that can not be made or recorded, or whose provider or keys are away."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI

from harrystix.adapters.web import app
from harrystix.application.handlers import money, uploads
from harrystix.application.handlers import sign_in as links
from harrystix.application.handlers.erasing import erase_order
from harrystix.application.processes import mailing
from harrystix.application.processes.inbox import reports
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Delivery
from harrystix.domain.values import By
from tests.adapters.postmark.test_mailing import due_again, outages, ready, rested, states
from tests.money import get
from tests.world import World, served


def ids(here: World) -> list[str]:
    return [row[0] for row in here.system.database.all("SELECT id::text FROM reporting.pre_orders")]


def aged(here: World) -> None:
    """Whoever was sending is not heard of any more, and the provider's rest is over."""
    here.system.database.execute("UPDATE app.mail_ledger SET sending_at = sending_at - interval '1 hour'")
    rested(here)


def held(here: World, order_id: str) -> None:
    by = here.context.by("staff:test")
    money.with_pool(here.context, by, [order_id], lambda o: o.hold(by, case_id="h", reason="r"))


def _refunded(here: World, order_id: str) -> None:
    money.request_refund(here.context, here.context.by("staff:test"), order_id, reason="r")


def _refunded_at_stripe(here: World, order_id: str) -> None:
    payment = get(here, order_id).payment_id
    money.take_over_refund(
        here.context,
        here.context.by("provider:stripe"),
        order_id,
        payment_id=payment,
        provider_refund_id="re_1",
        amount_minor=1200,
        state="succeeded",
    )


def _erased(here: World, order_id: str) -> None:
    erase_order(here.context, here.context.by("staff:test"), order_id)


@pytest.mark.parametrize("looked_up", [True, False])
@pytest.mark.parametrize("end", [_refunded, _refunded_at_stripe, _erased])
def test_a_ticket_whose_mail_may_have_left_goes_to_nobody_else_after_a_hold(
    here: World, end: Any, looked_up: bool
) -> None:
    """Postmark takes the mail and answers 500, its search shows nothing yet; held, and then the money goes back."""
    event = here.event()
    here.paid(event, 1)
    here.committed(here.file(event, 1))
    here.settle_until_mail()
    here.fault(error_after=1, blind_searches=1)
    mailing.send_due(here.context)
    (order_id,) = ids(here)
    if looked_up:
        aged(here)
        # The look-up finds nothing, and the mail is planned again.
        mailing.send_due(here.context)
        held(here, order_id)
    else:
        held(here, order_id)
        aged(here)
        mailing.send_due(here.context)
        aged(here)
        mailing.send_due(here.context)
    end(here, order_id)
    here.paid(event, 1, prefix="next")
    for _ in range(3):
        here.settle()
        aged(here)
    assert {mail["To"][0]["Email"] for mail in here.mails()} == {"m0@uni.example"}


def test_a_template_that_is_there_again_is_no_outage_any_more(here: World) -> None:
    ready(here, 3)
    here.fault(every_code=1101)
    mailing.send_due(here.context)
    assert outages(here) == [("postmark/ticket", "1101")]
    here.fault(every_code=0)
    rested(here)
    assert mailing.send_due(here.context) == 3
    assert outages(here) == []


def test_an_upload_is_withdrawn_but_for_the_ticket_whose_mail_leaves_at_that_moment(here: World) -> None:
    event = here.event()
    upload = here.committed(here.file(event, 3))
    here.paid(event, 3)
    here.settle_until_mail()
    real, begun = here.context.ledger.states, list[bool]()

    def looked(intents: Any) -> Any:
        found = real(intents)
        if not begun:
            begun.append(True)
            here.context.ledger.begin(
                "00000000-0000-0000-0000-000000000000", here.context.due.claim("mail", 1, 30)
            )
        return found

    here.context.ledger.states = looked
    done = uploads.withdraw(here.context, here.context.by("staff:test"), str(upload.id), "wrong file")
    assert done.state == "withdrawn"
    assert (len(states(here)), states(here)["sending"]) == (2, 1)


def test_an_upload_is_withdrawn_although_one_of_its_mails_was_held_with_an_unknown_outcome(
    here: World,
) -> None:
    event = here.event()
    upload = here.committed(here.file(event, 3))
    here.paid(event, 1)
    here.settle_until_mail()
    here.fault(error_after=1, blind_searches=1)
    mailing.send_due(here.context)
    aged(here)
    mailing.send_due(here.context)
    held(here, ids(here)[0])
    done = uploads.withdraw(here.context, here.context.by("staff:test"), str(upload.id), "wrong file")
    assert done.state == "withdrawn"


def test_mails_that_could_not_be_prepared_four_times_are_not_failed(here: World) -> None:
    """The database is away for a moment, between marking the mails and making them, each time."""
    ready(here, 3)
    real = here.context.members.reveal

    def away(_: Any) -> Any:
        raise psycopg.OperationalError

    here.context.members.reveal = away
    for _ in range(4):
        with pytest.raises(psycopg.OperationalError):
            mailing.send_due(here.context)
        aged(here)
    here.context.members.reveal = real
    assert states(here) == {"planned": 3}
    assert mailing.send_due(here.context) == 3


def test_mails_that_no_key_of_this_worker_opens_wait_for_the_keys(here: World) -> None:
    """The keys were changed on the web's host, and this worker's copy comes a minute later."""
    ready(here, 3)
    rows = here.system.database.all("SELECT ticket_id, sealed FROM vault.tickets")
    here.system.database.execute("UPDATE vault.tickets SET sealed = sealed || '\\x00'")
    for _ in range(3):
        mailing.send_due(here.context)
        due_again(here)
    for ticket, sealed in rows:
        here.system.database.execute(
            "UPDATE vault.tickets SET sealed = %b WHERE ticket_id = %s", (sealed, ticket)
        )
    rested(here)
    assert mailing.send_due(here.context) == 3


def test_a_bounce_that_is_told_before_the_mail_is_known_is_not_lost(here: World) -> None:
    """Postmark's API is away for ten minutes, its webhooks are not."""
    ready(here, 1)
    here.fault(error_after=1)
    mailing.send_due(here.context)
    (mail,) = here.mails()
    here.context.inbox.add(
        "postmark", "b1", "Bounce", {"message_id": mail["MessageID"], "type": "HardBounce"}
    )
    for _ in range(10):
        reports(here.context)
        here.system.database.execute("UPDATE app.inbox SET not_before = now() WHERE state = 'pending'")
    aged(here)
    mailing.send_due(here.context)
    here.settle()
    assert get(here, ids(here)[0]).delivery is Delivery.BOUNCED


def test_nine_mails_are_recorded_where_the_third_can_not_be(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(here, 10)
    third = get(here, ids(here)[2])
    real = PreOrder.record_mail_accepted

    def poisoned(order: PreOrder, by: By, intent: str) -> None:
        if order.id == third.id:
            raise RuntimeError
        real(order, by, intent)

    monkeypatch.setattr(PreOrder, "record_mail_accepted", poisoned)
    with suppress(RuntimeError):
        mailing.send_due(here.context)
    assert states(here) == {"accepted": 9, "sending": 1}


def test_a_code_of_the_account_that_we_do_not_know_fails_no_mail(here: World) -> None:
    """1235: the message stream does not exist. Whatever meets every mail of a batch is of none of them."""
    ready(here, 3)
    here.fault(every_code=1235)
    mailing.send_due(here.context)
    assert states(here) == {"planned": 3}


@pytest.mark.parametrize(
    "answer", [[], {"Messages": None}, {"Messages": [{"MessageID": "x", "Metadata": None}]}]
)
def test_a_look_up_that_is_answered_with_garbage_is_one_that_says_nothing(here: World, answer: Any) -> None:
    ready(here, 1)
    here.fault(error_after=1)
    mailing.send_due(here.context)
    aged(here)
    garbled = FastAPI()
    garbled.add_api_route("/messages/outbound", lambda: answer)
    here.context.mailer._local.__dict__.clear()
    with served(garbled) as url:
        here.context.mailer._url = url
        assert mailing.send_due(here.context) == 0
    assert states(here) == {"sending": 1}


def test_links_that_an_outage_held_up_leave_nothing_for_a_person(here: World) -> None:
    here.context.people.links.request("m0@uni.example")
    here.fault(unavailable=8)
    for _ in range(8):
        links.send_links(here.context)
        here.system.database.execute("UPDATE vault.sign_in_requests SET not_before = now()")
    assert here.context.failures.parked(10) == []


def test_a_request_for_a_link_that_is_over_is_no_failed_work(here: World) -> None:
    here.context.people.links.request("m0@uni.example")
    here.fault(unavailable=1)
    links.send_links(here.context)
    here.system.database.execute(
        "UPDATE vault.sign_in_requests SET requested_at = now() - interval '16 minutes'"
    )
    links.send_links(here.context)
    assert here.system.database.all("SELECT kind FROM app.failed_work") == []


def test_while_the_provider_rests_no_link_is_asked_of_it(here: World) -> None:
    here.context.people.links.request("m0@uni.example")
    here.context.outages.opened("postmark", "503")
    assert links.send_links(here.context) == 0


def test_blanks_of_a_credential_are_seen_on_its_page_as_in_its_mail() -> None:
    css = (Path(app.__file__).parent / "static" / "app.css").read_text()
    (rule,) = re.findall(r"\.credential code \{([^}]*)\}", css)
    assert re.search(r"white-space:\s*(pre-wrap|break-spaces)", rule)
