"""One pre-order for the desk: the whole story in words, the ticket for a purpose, money back, as it was."""

import re
from typing import Any

import pytest
import requests

from harrystix.domain.pre_order import PreOrder
from tests.money import announced, ordered, paid
from tests.people import Person, later
from tests.world import World

HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    return kim.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def held(online: World) -> str:
    """A pre-order that was paid by card and has a ticket."""
    (order,) = paid(online)
    event = online.system.store.get(PreOrder, order).event_id
    online.committed(f"Event,Variant,Email,Password\nNEON,,t@tickets.example,pw-{event[:4]}".encode())
    online.settle()
    return order


def test_the_story_tells_money_queue_and_mail_newest_first(online: World) -> None:
    order = held(online)
    page = Person.at_work(online, "owner").calls("GET", f"/admin/orders/{order}").text
    told = (
        "The mail with the ticket left",
        "it is of the wanted variant",
        "joined the queue as number 1",
        "£12.00 paid.",
        "£12.00 asked for, attempt 1.",
        "A card was saved, good to 12/2030.",
        "Pre-ordered for £12.00.",
    )
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert "PreOrder.PaymentConfirmed" in page
    assert "by a process of the house" in page and "from the command line" in page
    assert "the id of the ticket" in page


def test_the_story_is_narrowed_to_a_kind_and_to_who_did_it_with_how_many_there_are(online: World) -> None:
    order = held(online)
    lee = Person.at_work(online, "owner")
    path = f"/admin/orders/{order}"
    revealed = lee.calls(
        "POST", f"{path}/ticket", data={"key": KEY, "purpose": "cannot read it"}, headers=HTML
    )
    assert revealed.status_code == 200
    online.settle()
    whole = lee.calls("GET", path).text
    assert "everything" in whole and 'aria-current="true"' in whole
    money = lee.calls("GET", f"{path}?kind=money").text
    assert "£12.00 paid." in money and "The mail with the ticket left" not in money
    counted = int(re.findall(r">money (\d+)<", whole)[0])
    assert counted == money.count('<span class="mark money">') == money.count('<li id="p')
    mine = lee.calls("GET", f"{path}?kind=look&by=staff").text
    assert mine.count('<li id="p') == 1 and "cannot read it" in mine
    # A filter that is on is never out of sight, and the slider keeps it.
    assert mine.count('aria-current="true"') == 2 and '<input type="hidden" name="kind" value="look">' in mine
    assert "Nothing of that." in lee.calls("GET", f"{path}?kind=look&by=member").text
    assert lee.calls("GET", f"{path}?kind=gossip", headers=HTML).status_code == 422


def test_support_reads_the_facts_behind_the_story_but_not_from_where_others_did_them(online: World) -> None:
    order = held(online)
    page = Person.at_work(online, "support").calls("GET", f"/admin/orders/{order}").text
    assert "£12.00 paid." in page and "PreOrder.PaymentConfirmed" in page and "because of" in page
    assert "by a process of the house" not in page and "request " not in page


def test_a_pre_order_can_be_seen_as_it_was(online: World) -> None:
    order = held(online)
    kim = Person.at_work(online, "auditor")
    first = kim.calls("GET", f"/admin/orders/{order}?at=1").text
    assert "After fact 1 of" in first and "nothing yet" in first
    last = kim.calls("GET", f"/admin/orders/{order}?at=99999").text
    assert "nothing yet" not in last


def test_a_ticket_is_shown_for_a_purpose_and_the_story_says_so(online: World) -> None:
    order = held(online)
    kim = Person.at_work(online, "support")
    asked = kim.calls("GET", f"/admin/orders/{order}/ticket").text
    assert "pw-" not in asked
    without = sent(kim, f"/admin/orders/{order}/ticket", purpose="")
    assert without.status_code == 422 and "pw-" not in without.text
    shown = sent(kim, f"/admin/orders/{order}/ticket", purpose="the phone is lost")
    assert shown.status_code == 200 and "pw-" in shown.text and "<svg" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    online.follow()
    page = kim.calls("GET", f"/admin/orders/{order}").text
    assert "The ticket was shown to the support, for: the phone is lost." in page
    auditor = Person.at_work(online, "auditor")
    assert auditor.calls("GET", f"/admin/orders/{order}/ticket", headers=HTML).status_code == 403


def test_money_goes_back_once_and_a_large_sum_waits_for_a_second_person(online: World) -> None:
    order = held(online)
    kim = Person.at_work(online, "support")
    path = f"/admin/orders/{order}/refund"
    assert "Up to £12.00" in kim.calls("GET", path).text
    for wrong in ("a lot", "0", "-1", "1.234", "1e9", "13"):
        refused = sent(kim, path, amount=wrong, reason="r")
        assert refused.status_code == 422 and f'value="{wrong}"' in refused.text, wrong
    for _ in range(2):
        assert (
            sent(kim, path, amount="5", reason="the night was short")
            .headers["Location"]
            .endswith("refunded=1")
        )
    assert (
        online.system.store.get(PreOrder, order).refunded_minor(
            online.system.store.get(PreOrder, order).payment_id
        )
        == 500
    )
    object.__setattr__(online.system.settings, "refund_alone", 600)
    key = KEY.replace("1", "2")
    more = kim.calls(
        "POST", path, data={"key": key, "amount": "", "reason": "all"}, headers=HTML, allow_redirects=False
    )
    assert more.headers["Location"].endswith("asked=1")


def test_what_is_dangerous_leads_to_proving_who_one_is_and_back(online: World) -> None:
    order = held(online)
    kim = Person.at_work(online, "support")
    later(online, minutes=6)
    for path in (f"/admin/orders/{order}/ticket", f"/admin/orders/{order}/refund"):
        asked = kim.calls("GET", path, headers=HTML, allow_redirects=False)
        assert asked.status_code == 303
        assert asked.headers["Location"] == f"/confirm?next={path.replace('/', '%2F')}"
    wrong = sent(kim, "/confirm", next="/admin", password="not this one", code="000000")
    assert (
        wrong.status_code == 422 and "There is a problem" in wrong.text and "not this one" not in wrong.text
    )
    right = {"password": "a long night out", "code": kim.code(), "next": f"/admin/orders/{order}/ticket"}
    assert sent(kim, "/confirm", **right).headers["Location"] == right["next"]
    assert kim.calls("GET", right["next"], headers=HTML, allow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    "there", ["//else.example", "/\\else.example", "https://else.example", "javascript:alert(1)", "/a\nb"]
)
def test_proving_who_one_is_leads_to_no_other_house(online: World, there: str) -> None:
    kim = Person.at_work(online, "support")
    page = kim.calls("GET", "/confirm", params={"next": there}).text
    assert 'name="next" value="/"' in page


def test_the_desk_cancels_for_a_member_until_the_money_is_asked_for(online: World) -> None:
    (order,) = ordered(online, announced(online))
    kim = Person.at_work(online, "support")
    assert "Cancel the pre-order" in kim.calls("GET", f"/admin/orders/{order}").text
    assert sent(kim, f"/admin/orders/{order}/cancel").status_code == 303
    assert online.system.store.get(PreOrder, order).status == "cancelled"
