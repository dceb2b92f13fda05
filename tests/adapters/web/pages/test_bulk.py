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


def seen(who: Person, **words: Any) -> str:
    """What the look ahead hands on: which pre-orders it was of."""
    page = post(who, "/admin/orders/bulk", **words).text
    return page.split('name="seen" value="')[1].split('"')[0]


def carried_out(online: World) -> None:
    online.follow()
    bulk.carry_out(online.context)
    online.settle()


def test_a_look_ahead_says_for_how_many_and_why_not_and_changes_nothing(online: World, kim: Person) -> None:
    _, ids = night(online, 3, 2)
    page = post(kim, "/admin/orders/bulk", act="used", id=ids).text
    assert "can be done for 2 of 3" in page and "cannot be taken back" in page
    assert "1 pre-order left out" in page and ids[2] in page
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED
    nothing = post(kim, "/admin/orders/bulk", act="used")
    assert "Nothing is chosen" in nothing.text


def test_a_job_runs_in_the_background_and_its_page_says_what_came_of_each(online: World, kim: Person) -> None:
    _, ids = night(online, 3, 2)
    looked = seen(kim, act="used", id=ids)
    # Clicked twice it is one job.
    places = {
        post(kim, "/admin/orders/bulk/run", act="used", id=ids, seen=looked).headers["Location"]
        for _ in range(2)
    }
    (where,) = places
    assert "Mark used: 3 pre-orders" in kim.calls("GET", where).text
    carried_out(online)
    page = kim.calls("GET", where).text
    assert "finished" in page and ids[2][:8] in page and "Try those left out again" in page
    listed = kim.calls("GET", "/admin/jobs").text
    assert listed.count('href="/admin/jobs/') == 1 and "Kim" in listed
    lines = kim.calls("GET", f"{where}/items.csv").content.decode("utf-8-sig").split("\r\n")
    assert sorted(line.split(",")[1] for line in lines[1:] if line) == ['"done"', '"done"', '"left out"']
    again = post(kim, "/admin/orders/bulk", act="used", again=where.rsplit("/", 1)[1])
    assert "Nothing can be done" in again.text


def test_all_that_the_filters_leave_can_be_meant_and_are_counted_again(online: World, kim: Person) -> None:
    event, ids = night(online, 3, 2)
    matching = f"event={event}&status=fulfilled"
    page = post(kim, "/admin/orders/bulk", act="used", all="1", matching=matching).text
    assert "can be done for 2 of 2" in page
    words = {"act": "used", "all": "1", "matching": matching}
    # As many, and still others.
    others = seen(kim, act="used", id=[ids[0], ids[2]])
    other = post(kim, "/admin/orders/bulk/run", **words, seen=others)
    assert other.status_code == 409 and "other pre-orders, 2 in all" in other.text
    looked = seen(kim, **words)
    answer = post(kim, "/admin/orders/bulk/run", **words, seen=looked)
    assert answer.status_code == 303
    carried_out(online)
    # The answer was lost, and by now the filters leave nobody: it is still the same job.
    again = post(kim, "/admin/orders/bulk/run", **words, seen=looked)
    assert again.headers["Location"] == answer.headers["Location"]
    statuses = [online.system.store.get(PreOrder, order_id).status for order_id in ids]
    assert statuses == [Status.USED, Status.USED, Status.WAITING]
    assert post(kim, "/admin/orders/bulk", act="used", all="1", matching="status=x").status_code == 422


def test_many_refunds_wait_for_a_second_person_who_sees_what_they_are(online: World, kim: Person) -> None:
    _, ids = night(online, 9, 1)
    words = {"act": "refund", "id": ids}
    assert "A second person has to agree" in post(kim, "/admin/orders/bulk", **words).text
    words["seen"] = seen(kim, **words)
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
    words = {"act": "refund", "id": ids, "reason": "cancelled night"}
    words["seen"] = seen(kim, act="refund", id=ids)
    where = post(kim, "/admin/orders/bulk/run", **words).headers["Location"]
    online.follow()
    waits: Any = online.system.database.one("SELECT id::text FROM reporting.approvals")
    post(kim, f"/admin/approvals/{waits[0]}/deny", reason="the wrong night")
    carried_out(online)
    assert "stopped" in kim.calls("GET", where).text
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED


def test_a_job_can_be_stopped_with_a_reason(online: World, kim: Person) -> None:
    _, ids = night(online, 1, 1)
    where = post(
        kim, "/admin/orders/bulk/run", act="used", id=ids, seen=seen(kim, act="used", id=ids)
    ).headers["Location"]
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
    words = {"act": "resend", "id": ids, "seen": seen(kim, act="resend", id=ids)}
    mine = post(lee, "/admin/orders/bulk/run", **words).headers["Location"]
    others = post(kim, "/admin/orders/bulk/run", **words).headers["Location"]
    online.follow()
    assert lee.calls("GET", mine).status_code == 200 and kim.calls("GET", mine).status_code == 200
    assert lee.calls("GET", others).status_code == 404
    assert others not in lee.calls("GET", "/admin/jobs").text


def test_a_job_about_money_is_not_stopped_by_who_could_not_order_it(online: World, kim: Person) -> None:
    _, ids = night(online, 2, 1)
    words = {"act": "hold", "id": ids, "reason": "a gate", "seen": seen(kim, act="hold", id=ids)}
    where = post(kim, "/admin/orders/bulk/run", **words).headers["Location"]
    lee = Person.at_work(online, "admin", "lee")
    assert post(lee, f"{where}/stop", reason="no").status_code in {403, 404}


def test_more_that_match_than_were_tried_can_be_ordered_whatever_came_of_the_first(
    online: World, kim: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harrystix.adapters.web.pages.bulk.TRIED", 1)
    event, ids = night(online, 2, 2)
    post(kim, "/admin/orders/bulk/run", act="used", id=ids[0], seen=seen(kim, act="used", id=ids[0]))
    carried_out(online)
    page = post(kim, "/admin/orders/bulk", act="used", all="1", matching=f"event={event}").text
    assert "Of the first 1 it can be done for 1" in page or "Of the first 1 it can be done for 0" in page
    assert "Mark used: 2 pre-orders" in page
