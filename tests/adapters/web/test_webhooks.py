"""Messages of the payment provider over HTTP: once, kept, parked, or refused."""

import threading
import time
from uuid import uuid4

import pytest
import requests

from tests.signed import payment, signed
from tests.world import World


def placed(online: World) -> str:
    from harrystix.application.ports import Member
    from harrystix.domain.pre_order import PreOrder

    event = online.event()
    member = online.context.members.find_or_add([Member("late@x.org", "Late")])[0]
    order = PreOrder.place(
        online.context.by("member:x"),
        event_id=str(event.id),
        member_id=member,
        variant_id="",
        price_minor=1200,
        currency="GBP",
    )
    online.system.store.commit(order)
    online.committed(online.file(event, 3))
    online.settle()
    return str(order.id)


def test_a_signed_payment_twenty_times_at_once_confirms_once_and_mails_once(online: World) -> None:
    order = placed(online)
    body = payment(order, online.charged(order))
    codes: list[int] = []

    def post() -> None:
        codes.append(
            requests.post(
                f"{online.web}/webhooks/stripe", data=body, headers=signed(body), timeout=10
            ).status_code
        )

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) == {200}
    online.settle()
    assert [mail["Recipients"] for mail in online.mails()] == [["late@x.org"]]
    assert online.broken() == []


def test_a_payment_for_an_order_that_is_not_there_yet_is_kept(online: World) -> None:
    order = str(uuid4())
    body = payment(order, online.charged(order))
    assert requests.post(f"{online.web}/webhooks/stripe", data=body, headers=signed(body), timeout=30).ok
    online.settle()
    assert online.system.database.one("SELECT state, note FROM app.inbox") == ("pending", "not_found")


def test_a_wrong_amount_is_parked_for_a_person(online: World) -> None:
    order = placed(online)
    body = payment(order, online.charged(order, amount=100))
    requests.post(f"{online.web}/webhooks/stripe", data=body, headers=signed(body), timeout=30)
    online.settle()
    assert online.system.database.one("SELECT state, note FROM app.inbox WHERE provider = 'stripe'") == (
        "parked",
        "payment_mismatch",
    )


@pytest.mark.parametrize(
    "how", ["none", "wrong secret", "altered", "old", "other mode", "not an event", "too large"]
)
def test_a_forged_webhook_is_refused_and_leaves_nothing(online: World, how: str) -> None:
    body = payment(str(uuid4()), livemode=how == "other mode")
    headers = signed(body)
    if how == "none":
        headers = {}
    elif how == "wrong secret":
        headers = signed(body, "whsec_other")
    elif how == "altered":
        body = body.replace(b"1200", b"1300")
    elif how == "old":
        headers = signed(body, at=int(time.time()) - 3600)
    elif how == "not an event":
        body = b"[]"
        headers = signed(body)
    elif how == "too large":
        body += b" " * 2**20
    answer = requests.post(f"{online.web}/webhooks/stripe", data=body, headers=headers, timeout=30)
    assert 400 <= answer.status_code < 500
    assert online.system.database.one("SELECT count(*) FROM app.inbox") == (0,)
