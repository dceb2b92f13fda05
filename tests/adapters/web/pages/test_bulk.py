"""Acts on many pre-orders over HTTP: looked at first, then ordered as a job with a page of its own."""

from typing import Any

import pytest
import requests

from harrystix.application.handlers import staff
from harrystix.application.processes import approved, bulk
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.people import Person
from tests.world import World

HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


@pytest.fixture
def kim(online: World) -> Person:
    return Person.at_work(online, "owner")


def night(online: World, orders: int, tickets: int) -> tuple[str, list[str]]:
    event = online.event()
    online.paid(event, orders)
    online.committed(online.file(event, tickets))
    online.settle()
    rows: Any = online.system.database.all("SELECT id::text FROM reporting.pre_orders ORDER BY position")
    return str(event.id), [row[0] for row in rows]


def post(who: Person, path: str, **words: Any) -> requests.Response:
    return who.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def carried_out(online: World) -> None:
    online.follow()
    bulk.carry_out(online.context)
    online.settle()


def test_a_look_ahead_says_for_how_many_and_why_not_and_changes_nothing(online: World, kim: Person) -> None:
    _, ids = night(online, 3, 2)
    seen = post(kim, "/admin/orders/bulk", act="used", id=ids).text
    assert "can be done for 2 of 3" in seen and "cannot be taken back" in seen
    assert "1 pre-order left out" in seen and ids[2] in seen
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED
    nothing = post(kim, "/admin/orders/bulk", act="used")
    assert "Nothing is chosen" in nothing.text


def test_a_job_runs_in_the_background_and_its_page_says_what_came_of_each(online: World, kim: Person) -> None:
    _, ids = night(online, 3, 2)
    # Clicked twice it is one job.
    places = {
        post(kim, "/admin/orders/bulk/run", act="used", id=ids, count="3").headers["Location"]
        for _ in range(2)
    }
    (where,) = places
    assert "Mark used: 3 pre-orders" in kim.calls("GET", where).text
    carried_out(online)
    seen = kim.calls("GET", where).text
    assert "finished" in seen and ids[2][:8] in seen and "Try those left out again" in seen
    listed = kim.calls("GET", "/admin/jobs").text
    assert listed.count('href="/admin/jobs/') == 1 and "Kim" in listed
    lines = kim.calls("GET", f"{where}/items.csv").content.decode("utf-8-sig").split("\r\n")
    assert sorted(line.split(",")[1] for line in lines[1:] if line) == ['"done"', '"done"', '"left out"']
    again = post(kim, "/admin/orders/bulk", act="used", again=where.rsplit("/", 1)[1])
    assert "Nothing can be done" in again.text


def test_all_that_the_filters_leave_can_be_meant_and_are_counted_again(online: World, kim: Person) -> None:
    event, ids = night(online, 3, 2)
    matching = f"event={event}&status=fulfilled"
    seen = post(kim, "/admin/orders/bulk", act="used", all="1", matching=matching).text
    assert "can be done for 2 of 2" in seen and 'name="count" value="2"' in seen
    other = post(kim, "/admin/orders/bulk/run", act="used", all="1", matching=matching, count="3")
    assert other.status_code == 409 and "By now it would be 2" in other.text
    answer = post(kim, "/admin/orders/bulk/run", act="used", all="1", matching=matching, count="2")
    assert answer.status_code == 303
    carried_out(online)
    statuses = [online.system.store.get(PreOrder, order_id).status for order_id in ids]
    assert statuses == [Status.USED, Status.USED, Status.WAITING]
    assert post(kim, "/admin/orders/bulk", act="used", all="1", matching="status=x").status_code == 422


def test_many_refunds_wait_for_a_second_person_who_sees_what_they_are(online: World, kim: Person) -> None:
    _, ids = night(online, 9, 1)
    words = {"act": "refund", "id": ids, "count": "9"}
    seen = post(kim, "/admin/orders/bulk", **words).text
    assert "A second person has to agree" in seen
    unsaid = post(kim, "/admin/orders/bulk/run", **words)
    assert unsaid.status_code == 422 and "Give a reason" in unsaid.text
    where = post(kim, "/admin/orders/bulk/run", **words, reason="cancelled night").headers["Location"]
    carried_out(online)
    assert "waits for a second person" in kim.calls("GET", where).text
    other = Person.at_work(online, "owner", "other")
    page = other.calls("GET", "/admin/approvals").text
    assert "Refund: 9 pre-orders" in page and "cancelled night" in page
    waits: Any = online.system.database.one("SELECT id::text FROM reporting.approvals")
    assert post(other, f"/admin/approvals/{waits[0]}/grant").status_code == 303
    online.follow()
    approved.carry_out(online.context)
    carried_out(online)
    assert online.system.store.get(PreOrder, ids[0]).status is Status.REFUNDED


def test_what_is_denied_never_begins(online: World, kim: Person) -> None:
    _, ids = night(online, 9, 1)
    words = {"act": "refund", "id": ids, "count": "9", "reason": "cancelled night"}
    where = post(kim, "/admin/orders/bulk/run", **words).headers["Location"]
    online.follow()
    waits: Any = online.system.database.one("SELECT id::text FROM reporting.approvals")
    post(kim, f"/admin/approvals/{waits[0]}/deny", reason="the wrong night")
    carried_out(online)
    assert "stopped" in kim.calls("GET", where).text
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED


def test_a_job_can_be_stopped_with_a_reason(online: World, kim: Person) -> None:
    _, ids = night(online, 1, 1)
    where = post(kim, "/admin/orders/bulk/run", act="used", id=ids, count="1").headers["Location"]
    unsaid = post(kim, f"{where}/stop")
    assert unsaid.status_code == 422 and 'id="reason-error"' in unsaid.text
    assert post(kim, f"{where}/stop", reason="the wrong night").status_code == 303
    carried_out(online)
    assert "stopped" in kim.calls("GET", where).text
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED


def test_money_is_not_for_every_role_and_a_job_is_its_authors(online: World, kim: Person) -> None:
    event, ids = night(online, 1, 1)
    lee = Person.at_work(online, "admin", "lee")
    staff.give_event(online.context, online.context.by("staff:kim"), lee.id, event)
    assert post(lee, "/admin/orders/bulk", act="refund", id=ids).status_code == 403
    mine = post(lee, "/admin/orders/bulk/run", act="resend", id=ids, count="1").headers["Location"]
    others = post(kim, "/admin/orders/bulk/run", act="resend", id=ids, count="1").headers["Location"]
    online.follow()
    assert lee.calls("GET", mine).status_code == 200 and kim.calls("GET", mine).status_code == 200
    assert lee.calls("GET", others).status_code == 404
    assert others not in lee.calls("GET", "/admin/jobs").text
