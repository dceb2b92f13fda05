"""The outbox and the texts of our mails: read without a credential, called off before they leave, tried on oneself."""

from typing import Any

import pytest
import requests

from harrystix.adapters.postmark import templates
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Delivery
from tests.people import Person
from tests.world import World

KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


@pytest.fixture
def kim(online: World) -> Person:
    return Person.at_work(online, "owner")


def post(who: Person, path: str, **words: Any) -> requests.Response:
    headers = {"Accept": "text/html"}
    return who.calls("POST", path, data={"key": KEY, **words}, headers=headers, allow_redirects=False)


def waiting(online: World) -> tuple[str, str]:
    """(pre-order, intent) of a ticket whose mail has not left."""
    event = online.event(variants=("Early",))
    online.paid(event, 1, "Early")
    online.committed(online.file(event, 1, "Early"))
    online.settle_until_mail()
    row: Any = online.system.database.one("SELECT id::text FROM reporting.pre_orders")
    return row[0], online.system.store.get(PreOrder, row[0]).current_intent


def test_what_waits_is_listed_and_can_be_read_without_its_credential(online: World, kim: Person) -> None:
    order, intent = waiting(online)
    listed = kim.calls("GET", "/admin/mails").text
    assert order[:8] in listed and "not tried yet" in listed and "Neon Night" in listed
    read = kim.calls("GET", f"/admin/mails/{order}?intent={intent}").text
    assert "Your ticket for Neon Night" in read and "Early" in read and "••••••••" in read
    secret = online.context.tickets.reveal([online.system.store.get(PreOrder, order).ticket_id])
    assert not any(word in read for words in secret.values() for word in words)
    assert "uni.example" not in read + listed
    assert kim.calls("GET", f"/admin/mails/{order}?intent={KEY}").status_code == 404


def test_a_mail_that_is_called_off_never_leaves_and_can_be_sent_again_as_a_new_one(
    online: World, kim: Person
) -> None:
    order, intent = waiting(online)
    path = f"/admin/mails/{order}/abort"
    assert post(kim, path, intent=intent).headers["Location"] == "/admin/mails?done=aborted"
    online.settle()
    assert online.mails() == []
    assert online.system.store.get(PreOrder, order).delivery is Delivery.FAILED
    again = post(kim, path, intent=intent, more="x")
    assert again.status_code == 409 and "over" in again.text
    there = post(kim, "/admin/orders/bulk", act="resend", id=order).headers["Location"]
    seen = kim.calls("GET", there).text.split('name="seen" value="')[1].split('"')[0]
    post(kim, f"{there}/run", seen=seen)
    from harrystix.application.processes.bulk import carry_out

    online.follow()
    carry_out(online.context)
    online.settle()
    assert len(online.mails()) == 1


def test_a_mail_that_has_just_left_cannot_be_called_off(online: World, kim: Person) -> None:
    order, intent = waiting(online)
    online.system.database.execute(
        "INSERT INTO app.mail_ledger (intent_id, order_id, event_id, state, sending_at) "
        "SELECT %s, id, event_id, 'sending', now() FROM reporting.pre_orders",
        (intent,),
    )
    refused = post(kim, f"/admin/mails/{order}/abort", intent=intent)
    assert refused.status_code == 409 and "has just left" in refused.text
    assert "being sent" in refused.text
    assert online.system.store.get(PreOrder, order).delivery is Delivery.PLANNED


def test_what_the_provider_refused_is_listed_with_the_reason_and_pages_go_on(
    online: World, kim: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harrystix.adapters.web.pages.mails.ROWS", 2)
    event = online.event()
    online.paid(event, 3)
    online.committed(online.file(event, 3))
    online.fault(inactive=["m0@uni.example", "m1@uni.example", "m2@uni.example"])
    online.settle()
    first = kim.calls("GET", "/admin/mails?state=failed").text
    assert first.count("Send again") == 2 and "code 406" in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert kim.calls("GET", following).text.count("Send again") == 1


def test_every_template_can_be_read_with_sample_values_and_no_value_is_left_open(kim: Person) -> None:
    listed = kim.calls("GET", "/admin/house/mails").text
    for alias, template in templates.load().items():
        assert f"/admin/house/mails/{alias}" in listed
        page = kim.calls("GET", f"/admin/house/mails/{alias}").text
        assert "{{" not in page and "As plain text" in page
        values = set(templates.VALUE.findall(template.text))
        assert values <= set(templates.SAMPLE)
    assert kim.calls("GET", "/admin/house/mails/nothing").status_code == 404


def test_a_test_mail_goes_to_oneself_through_the_provider_and_is_on_record(
    online: World, kim: Person
) -> None:
    answer = post(kim, "/admin/house/mails/ticket/test")
    assert answer.headers["Location"].endswith("ticket?done=sent")
    (mail,) = online.mails()
    assert mail["Recipients"] == ["owner@staff.example"]
    assert "sample-password" in requests.get(f"{online.sandbox}message/{mail['MessageID']}", timeout=5).text
    online.follow()
    found = online.system.database.one(
        "SELECT count(*) FROM reporting.assignment_logs WHERE details->>'kind' = 'test_mail_sent'"
    )
    assert found == (1,)
    online.fault(inactive=["owner@staff.example"])
    refused = post(kim, "/admin/house/mails/ticket/test")
    assert refused.status_code == 502 and "did not take it: 406" in refused.text


def test_the_outbox_is_the_houses_and_templates_are_the_owners(online: World) -> None:
    lee, sam = Person.at_work(online, "admin", "lee"), Person.at_work(online, "support")
    assert lee.calls("GET", "/admin/mails").status_code == 403
    assert sam.calls("GET", "/admin/mails").status_code == 200
    assert sam.calls("GET", "/admin/house/mails").status_code == 403


def test_while_the_provider_rests_every_page_says_so_on_which_somebody_looks_for_a_mail(
    online: World, kim: Person
) -> None:
    waiting(online)
    (upload,) = online.system.database.all("SELECT id::text FROM reporting.uploads")
    pages = ("/admin", "/admin/mails", f"/admin/uploads/{upload[0]}/progress")
    for path in pages:
        assert "not asked anything" not in kim.calls("GET", path).text
    online.context.outages.opened("postmark", "503")
    online.context.outages.opened("postmark/ticket", "1101")
    for path in pages:
        page = kim.calls("GET", path).text
        assert "Postmark is not asked anything since" in page and "(503)" in page
        assert "The template ticket of Postmark is not asked" in page
