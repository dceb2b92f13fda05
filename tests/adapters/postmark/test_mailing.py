"""Mail through the real client to the sandbox, with everything that can go wrong on the way."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest
import requests

from harrystix.application.ports import Due
from harrystix.application.processes import mailing
from harrystix.projections.assignments import queries as assignments
from harrystix.projections.overview import queries as overview
from tests.money import get
from tests.world import Servers, World, world


@pytest.fixture
def hasty(servers: Servers, tmp_path: Path) -> Generator[World]:
    """With little patience, so that a timeout is soon there."""
    with world(servers, tmp_path, postmark_timeout=1.0, mail_lease=2.5) as made:
        yield made


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


@pytest.mark.parametrize("fault", ["too_many", "unavailable", "server_error"])
def test_a_passing_failure_is_tried_again_and_mails_once(here: World, fault: str) -> None:
    ready(here, 3)
    here.fault(**{fault: 1})
    assert mailing.send_due(here.context) == 0
    assert states(here) == {"planned": 3}
    due_again(here)
    assert mailing.send_due(here.context) == 3
    assert len(here.mails()) == 3
    here.settle()
    assert here.broken() == []


def test_three_tries_are_the_most(here: World) -> None:
    ready(here, 2)
    here.fault(unavailable=99)
    for _ in range(5):
        mailing.send_due(here.context)
        due_again(here)
        here.follow()
    assert states(here) == {"failed": 2}
    assert statuses(here) == {"failed"}
    tries = here.system.database.all("SELECT attempt FROM app.mail_ledger")
    assert {row[0] for row in tries} == {3}


def test_the_pause_grows_and_retry_after_is_honoured(here: World) -> None:
    ready(here, 1)
    here.fault(too_many=1, retry_after=7)
    mailing.send_due(here.context)
    row = here.system.database.one(
        "SELECT extract(epoch FROM leased_until - now()) FROM reporting.due_work WHERE kind = 'mail'"
    )
    assert row and 5 < float(row[0]) <= 7


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
    mailing.send_due(hasty.context)
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
    assert (
        mailing.send(hasty.context, "00000000-0000-0000-0000-000000000000", _begun(hasty), time.monotonic())
        == 0
    )
    assert hasty.mails() == []


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
    due_again(here)
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


def test_delivery_reports_move_the_status_in_any_order_and_number(online: World) -> None:
    ready(online, 2)
    mailing.send_due(online.context)
    online.follow()
    mails = online.mails()
    auth = ("postmark", "hook-password")
    delivered = {
        "RecordType": "Delivery",
        "MessageID": mails[0]["MessageID"],
        "DeliveredAt": "2026-11-24T12:00:00Z",
    }
    bounce = {
        "RecordType": "Bounce",
        "ID": 5,
        "MessageID": mails[1]["MessageID"],
        "Type": "HardBounce",
        "BouncedAt": "x",
    }
    late = {
        "RecordType": "Delivery",
        "MessageID": mails[1]["MessageID"],
        "DeliveredAt": "2026-11-24T11:00:00Z",
    }
    for body in (delivered, bounce, bounce, late, delivered):
        assert (
            requests.post(f"{online.web}/webhooks/postmark", json=body, auth=auth, timeout=5).status_code
            == 200
        )
    online.settle()
    assert statuses(online) == {"delivered", "bounced"}
    assert overview.totals(online.system.database).undelivered == 1
    assert online.broken() == []


def test_the_first_opening_of_a_mail_is_told_and_nothing_of_who_and_where(
    servers: Servers, tmp_path: Path
) -> None:
    with world(servers, tmp_path, web=True, track_opens=True) as online:
        ready(online, 1)
        mailing.send_due(online.context)
        online.follow()
        (mail,) = online.mails()
        assert mail["TrackOpens"] is True
        body = {
            "RecordType": "Open",
            "FirstOpen": True,
            "MessageID": mail["MessageID"],
            "ReceivedAt": "2026-11-24T12:00:00Z",
            "UserAgent": "Mozilla/5.0",
            "Geo": {"City": "San Francisco", "IP": "203.0.113.1"},
        }
        for one in ({**body, "FirstOpen": False}, body, body):
            sent = requests.post(
                f"{online.web}/webhooks/postmark", json=one, auth=("postmark", "hook-password"), timeout=5
            )
            assert sent.status_code == 200
        online.settle()
        # Who has opened it has got it, also where the report of the delivery was lost.
        assert statuses(online) == {"delivered"}
        read = online.system.database.all("SELECT kind, hint::text FROM app.inbox")
        assert len(read) == 1 and "Mozilla" not in read[0][1] and "203.0" not in read[0][1]
        (row,) = assignments.page(online.system.database, assignments.Filters(), 5)
        order = get(online, row.pre_order_id)
        assert order.opened_intent == order.current_intent and online.broken() == []


def test_without_being_asked_for_nobody_is_told_of_openings(here: World) -> None:
    ready(here, 1)
    mailing.send_due(here.context)
    assert here.mails()[0]["TrackOpens"] is False


def test_a_webhook_without_the_password_is_refused(online: World) -> None:
    body = {"RecordType": "Delivery", "MessageID": "x"}
    for auth in (None, ("postmark", "wrong")):
        assert (
            requests.post(f"{online.web}/webhooks/postmark", json=body, auth=auth, timeout=5).status_code
            == 401
        )
