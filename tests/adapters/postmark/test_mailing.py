"""Mail through the real client to the sandbox, with everything that can go wrong on the way."""

import time

import pytest

from harrystix.application.handlers import money, orders
from harrystix.application.handlers.erasing import erase_order
from harrystix.application.ports import Due
from harrystix.application.processes import mailing
from harrystix.domain.errors import Conflict
from harrystix.domain.pre_order_events import Status
from harrystix.projections.assignments import queries as assignments
from tests.money import get
from tests.world import World


def ready(here: World, count: int) -> None:
    event = here.event()
    here.paid(event, count)
    here.committed(here.file(event, count))
    here.settle_until_mail()


def due_again(here: World) -> None:
    """Let the backoff be over."""
    here.system.database.execute(
        "UPDATE reporting.due_work SET leased_until = '-infinity' WHERE kind = 'mail'"
    )


def states(here: World) -> dict[str, int]:
    return dict(here.system.database.all("SELECT state, count(*) FROM app.mail_ledger GROUP BY 1"))  # type: ignore[arg-type]


def statuses(here: World) -> set[str | None]:
    here.follow()
    return {row.delivery_status for row in assignments.page(here.system.database, assignments.Filters(), 50)}


def rested(here: World) -> None:
    """The provider's rest is over: the next one may probe."""
    here.system.database.execute("UPDATE app.outages SET next_try_at = now()")
    due_again(here)


def outages(here: World) -> list[tuple[str, str]]:
    return [(outage.name, outage.why) for outage in here.context.outages.current()]


def test_a_message_id_without_a_code_is_accepted(here: World) -> None:
    ready(here, 3)
    here.fault(no_code=True)
    assert mailing.send_due(here.context) == 3
    here.settle()
    assert here.broken() == []


@pytest.mark.parametrize("blind", [0, 1])
def test_a_ticket_whose_mail_may_have_left_goes_to_nobody_else(hasty: World, blind: int) -> None:
    """Postmark takes the mail and answers 500; its search does not show it yet; then the money goes back."""
    event = hasty.event()
    hasty.paid(event, 1)
    hasty.committed(hasty.file(event, 1))
    hasty.settle_until_mail()
    hasty.fault(error_after=1, blind_searches=blind)
    mailing.send_due(hasty.context)
    (order_id,) = [row[0] for row in hasty.system.database.all("SELECT id::text FROM reporting.pre_orders")]
    money.request_refund(hasty.context, hasty.context.by("staff:test"), order_id, reason="r")
    hasty.paid(event, 1, prefix="next")
    for _ in range(3):
        hasty.settle()
        hasty.system.database.execute(
            "UPDATE app.mail_ledger SET sending_at = sending_at - interval '1 hour'"
        )
        rested(hasty)
    assert len({mail["To"][0]["Email"] for mail in hasty.mails()}) == 1
    assert get(hasty, order_id).status is Status.REFUNDED
    if not blind:
        assert hasty.broken() == []


def test_a_mail_that_leaves_while_the_money_goes_back_is_in_the_log(here: World) -> None:
    event = here.event()
    here.paid(event, 2)
    here.committed(here.file(event, 2))
    here.settle_until_mail()
    real = here.context.mailer.send
    first, second = [row[0] for row in here.system.database.all("SELECT id::text FROM reporting.pre_orders")]

    def refunded_meanwhile(mails: object) -> object:
        answer = real(mails)
        money.request_refund(here.context, here.context.by("staff:test"), first, reason="r")
        money.with_pool(
            here.context,
            here.context.by("staff:test", "h"),
            [second],
            lambda o: o.hold(by, case_id="h", reason="r"),
        )
        return answer

    by = here.context.by("staff:test", "h")
    here.context.mailer.send = refunded_meanwhile
    assert mailing.send_due(here.context) == 2
    here.context.mailer.send = real
    here.settle()
    assert (get(here, first).status, get(here, second).status) == (Status.REFUNDED, Status.FULFILLED)
    release = here.context.by("staff:test")
    money.with_pool(here.context, release, [second], lambda o: o.release_hold(release, reason="r"))
    here.settle()
    assert len(here.mails()) == 2, "what has left is not sent again"
    rows = here.system.database.all(
        "SELECT details->>'overtaken' FROM reporting.assignment_logs WHERE action = 'PreOrder.TicketEmailAccepted' "
        "ORDER BY 1"
    )
    assert rows == [("",), ("refunded",)]
    assert here.broken() == []


def test_a_resend_whose_reason_ends_before_it_leaves_is_settled(here: World) -> None:
    ready(here, 1)
    here.settle()
    (order_id,) = [row[0] for row in here.system.database.all("SELECT id::text FROM reporting.pre_orders")]
    orders.resend(here.context, here.context.by("staff:test"), [order_id])
    orders.mark_used(here.context, here.context.by("staff:test"), [order_id])
    money.request_refund(here.context, here.context.by("staff:test"), order_id, reason="r")
    here.settle()
    assert here.broken() == []


def test_an_erasure_waits_for_what_nobody_knows_and_ends(hasty: World) -> None:
    ready(hasty, 1)
    hasty.fault(timeout_after=1, timeout_seconds=1.5)
    mailing.send_due(hasty.context)
    (order_id,) = [row[0] for row in hasty.system.database.all("SELECT id::text FROM reporting.pre_orders")]
    by = hasty.context.by("staff:test")
    money.with_pool(hasty.context, by, [order_id], lambda o: o.hold(by, case_id="h", reason="r"))
    with pytest.raises(Conflict):
        erase_order(hasty.context, hasty.context.by("staff:test"), order_id)
    hasty.system.database.execute("UPDATE app.mail_ledger SET sending_at = sending_at - interval '1 hour'")
    rested(hasty)
    mailing.send_due(hasty.context)
    erase_order(hasty.context, hasty.context.by("staff:test"), order_id)
    hasty.settle()
    assert hasty.broken() == []


def test_an_inactive_recipient_is_not_tried_again_and_holds_up_nobody(here: World) -> None:
    ready(here, 3)
    here.fault(inactive=["m1@uni.example"])
    assert mailing.send_due(here.context) == 2
    assert states(here) == {"accepted": 2, "failed": 1}
    row = here.system.database.one("SELECT error_code, attempt FROM app.mail_ledger WHERE state = 'failed'")
    assert row == ("406", 1)
    here.settle()
    assert here.broken() == []


def test_a_timeout_after_acceptance_is_looked_up_and_not_sent_again(hasty: World) -> None:
    ready(hasty, 4)
    hasty.fault(timeout_after=1, timeout_seconds=1.5)
    assert mailing.send_due(hasty.context) == 0
    assert states(hasty) == {"sending": 4}
    time.sleep(hasty.context.mail_lease)
    for _ in range(4):
        rested(hasty)
        assert mailing.send_due(hasty.context) == 0
    assert states(hasty) == {"accepted": 4}
    assert len(hasty.mails()) == 4
    hasty.settle()
    assert hasty.broken() == []


def test_a_timeout_before_acceptance_is_looked_up_and_then_sent(hasty: World) -> None:
    ready(hasty, 4)
    hasty.fault(timeout_before=1, timeout_seconds=1.5)
    mailing.send_due(hasty.context)
    time.sleep(hasty.context.mail_lease)
    for _ in range(8):
        rested(hasty)
        mailing.send_due(hasty.context)
    assert len(hasty.mails()) == 4
    unknown = hasty.system.database.one("SELECT sum(unknown_outcomes) FROM app.mail_ledger")
    assert unknown == (4,)
    hasty.settle()
    assert hasty.broken() == []


def test_a_sender_that_was_held_up_for_too_long_leaves_the_mails_to_others(hasty: World) -> None:
    ready(hasty, 2)
    real = hasty.context.members.reveal

    def slow(ids: object) -> object:
        time.sleep(hasty.context.mail_lease * 0.5)
        return real(ids)

    hasty.context.members.reveal = slow
    batch = "00000000-0000-0000-0000-000000000000"
    assert mailing.send(hasty.context, batch, _begun(hasty), time.monotonic()) == (0, False)
    assert hasty.mails() == []
    assert hasty.system.database.all("SELECT state, attempt FROM app.mail_ledger") == [("planned", 0)] * 2


def _begun(here: World) -> list[Due]:
    due = here.context.due.claim("mail", 10, 1)
    here.context.ledger.begin("00000000-0000-0000-0000-000000000000", due)
    return due


def test_without_a_provider_nothing_is_lost(here: World) -> None:
    ready(here, 2)
    url = here.context.mailer._url
    here.context.mailer._url = "http://127.0.0.1:9/"
    here.context.mailer._local.__dict__.clear()
    mailing.send_due(here.context)
    assert states(here) == {"planned": 2}
    here.context.mailer._url = url
    here.context.mailer._local.__dict__.clear()
    rested(here)
    assert mailing.send_due(here.context) == 2


def test_a_withdrawn_ticket_is_not_mailed_even_when_its_mail_was_due(here: World) -> None:
    from harrystix.application.handlers import uploads

    event = here.event()
    here.paid(event, 2)
    upload = here.committed(here.file(event, 2))
    here.settle_until_mail()
    uploads.withdraw(here.context, here.context.by("staff:test"), str(upload.id), "wrong file")
    mailing.send_due(here.context)
    assert here.mails() == []
    here.settle()
    assert here.broken() == []
