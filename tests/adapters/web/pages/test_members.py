"""A member for the desk: the right address, a look at their pages, the way out."""

from typing import Any

import requests

from harrystix.application.handlers import orders
from harrystix.application.ports import Member
from harrystix.domain.pre_order_events import Delivery
from tests.money import get
from tests.people import Person
from tests.world import World

HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    return kim.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def bounced(online: World) -> tuple[str, str]:
    """(member, pre-order) whose mail came back."""
    event = online.event()
    online.paid(event, 1, prefix="hardbounce")
    online.committed(online.file(event, 1))
    online.settle()
    (row,) = online.system.database.all("SELECT member_id::text, id::text FROM reporting.pre_orders")
    order = get(online, row[1])
    order.record_bounced(online.context.by("postmark"), order.current_intent, "HardBounce")
    online.system.store.commit(order)
    online.follow()
    return row


def test_a_mail_that_came_back_is_sent_again_to_the_right_address(online: World) -> None:
    member, order = bounced(online)
    kim = Person.at_work(online, "support")
    assert f"/admin/members/{member}#address" in kim.calls("GET", f"/admin/orders/{order}").text
    wrong = sent(kim, f"/admin/members/{member}/address", email="not an address")
    assert wrong.status_code == 422 and 'value="not an address"' in wrong.text
    path = f"/admin/members/{member}/address"
    for _ in range(2):
        assert (
            sent(kim, path, email="right@uni.example").headers["Location"]
            == f"/admin/members/{member}?done=address"
        )
    assert online.context.members.find("right@uni.example") == member
    assert online.context.members.find("hardbounce0@uni.example") is None
    orders.resend(online.context, online.context.by("staff:kim"), [order])
    online.settle()
    assert get(online, order).delivery is Delivery.ACCEPTED
    newest = online.mails()[0]
    assert "right@uni.example" in str(newest["Recipients"])
    assert online.broken() == []


def test_an_address_that_somebody_else_has_stays_theirs(online: World) -> None:
    member, _ = bounced(online)
    other = online.context.members.find_or_add([Member("b@uni.example", "B")])[0]
    kim = Person.at_work(online, "support")
    refused = sent(kim, f"/admin/members/{member}/address", email="B@uni.example")
    assert refused.status_code == 422 and "Another member has this address" in refused.text
    assert online.context.members.find("b@uni.example") == other


def test_whoever_was_signed_in_at_the_old_address_is_not_any_more(online: World) -> None:
    member, _ = bounced(online)
    now = online.context.clock.now()
    _, token = online.context.people.sessions.open("member", member, "a phone", now)
    key = online.key("member", member)
    online.system.database.execute(
        "INSERT INTO app.passkeys (credential_id, kind, subject_id, public_key, sign_count, transports, "
        "aaguid, synced, backed_up) VALUES ('a', 'member', %s, 'k', 0, '{}', %s, false, false)",
        (member, member),
    )
    sent(Person.at_work(online, "support"), f"/admin/members/{member}/address", email="right@uni.example")
    assert online.context.people.sessions.find(token, now) is None
    assert online.context.people.passkeys.of("member", member) == []
    assert online.call("GET", "/api/me/pre-orders", key).status_code == 401


def test_no_address_is_in_what_the_log_keeps_of_it(online: World) -> None:
    member, _ = bounced(online)
    sent(Person.at_work(online, "support"), f"/admin/members/{member}/address", email="right@uni.example")
    online.follow()
    row = online.system.database.one(
        "SELECT details::text FROM reporting.assignment_logs WHERE action = 'Deed.Done' AND details->>'kind' = "
        "'address_changed'"
    )
    assert row and member in row[0] and "uni.example" not in row[0]


def test_the_desk_sees_the_members_pages_and_can_change_nothing(online: World) -> None:
    member, order = bounced(online)
    kim = Person.at_work(online, "support")
    assert sent(kim, f"/admin/members/{member}/view", reason="").status_code == 422
    assert sent(kim, f"/admin/members/{member}/view", reason="they called").headers["Location"] == "/me"
    page = kim.calls("GET", "/me", headers=HTML).text
    assert "pages, and every look is on record" in page
    assert "Show my ticket" not in page and "hx-sse:connect" not in page
    assert sent(kim, f"/me/orders/{order}/ticket").status_code == 403
    online.follow()
    looks = online.system.database.all(
        "SELECT details->>'page' FROM reporting.assignment_logs WHERE action = 'StaffMember.Viewed'"
    )
    assert ("/me",) in looks
    assert sent(kim, "/admin/members/view/end").headers["Location"] == f"/admin/members/{member}"
    assert kim.calls("GET", "/me", headers=HTML).status_code == 403


def test_an_erasure_asked_for_at_the_desk_waits_for_an_owner(online: World) -> None:
    member, _ = bounced(online)
    kim = Person.at_work(online, "support")
    assert sent(kim, f"/admin/members/{member}/erase", why="").status_code == 422
    assert (
        sent(kim, f"/admin/members/{member}/erase", why="a letter").headers["Location"].endswith("done=erase")
    )
    online.follow()
    (waits,) = online.call("GET", "/api/admin/approvals", online.key("owner")).json()
    assert (waits["kind"], waits["subject"]) == ("erasure", member)
