"""What Postmark reports of mails, in any order and number."""

from pathlib import Path

import requests

from harrystix.application.processes import mailing
from harrystix.projections.assignments import queries as assignments
from harrystix.projections.overview import queries as overview
from tests.adapters.postmark.test_mailing import ready, statuses
from tests.money import get
from tests.world import Servers, World, world


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
