"""Acts on many pre-orders over HTTP: looked at first, then ordered as a job with a page of its own."""

from typing import Any
from urllib.parse import quote

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


def looked(who: Person, **words: Any) -> requests.Response:
    """The page of what is chosen, or the refusal of the choice."""
    chosen = post(who, "/admin/orders/bulk", **words)
    there = chosen.headers.get("Location", "")
    return who.calls("GET", there, headers=HTML) if chosen.status_code == 303 else chosen


def run(who: Person, **words: Any) -> requests.Response:
    """Chosen, and ordered on the page of the choice; the same choice again is the same page."""
    sent = {name: words.pop(name) for name in ("seen", "reason") if name in words}
    there = CHOSEN.setdefault(
        (who.id, repr(words)), post(who, "/admin/orders/bulk", **words).headers.get("Location", "")
    )
    return post(who, f"{there}/run", **sent)


CHOSEN: dict[tuple[str, str], str] = {}


def seen(who: Person, **words: Any) -> str:
    """What the look ahead hands on: which pre-orders it was of."""
    page = looked(who, **words).text
    return page.split('name="seen" value="')[1].split('"')[0]


def carried_out(online: World) -> None:
    online.follow()
    bulk.carry_out(online.context)
    online.settle()


def test_a_look_ahead_says_for_how_many_and_why_not_and_changes_nothing(online: World, kim: Person) -> None:
    _, ids = night(online, 3, 2)
    page = looked(kim, act="used", id=ids).text
    assert "can be done for 2 of 3" in page and "cannot be taken back" in page
    assert "1 pre-order left out" in page and ids[2] in page
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED
    nothing = looked(kim, act="used")
    assert "Nothing is chosen" in nothing.text


def test_a_job_runs_in_the_background_and_its_page_says_what_came_of_each(online: World, kim: Person) -> None:
    _, ids = night(online, 3, 2)
    digest = seen(kim, act="used", id=ids)
    # Clicked twice it is one job.
    places = {run(kim, act="used", id=ids, seen=digest).headers["Location"] for _ in range(2)}
    (where,) = places
    assert "Mark used: 3 pre-orders" in kim.calls("GET", where).text
    carried_out(online)
    page = kim.calls("GET", where).text
    assert "finished" in page and ids[2][:8] in page and "Try those left out again" in page
    listed = kim.calls("GET", "/admin/jobs").text
    assert listed.count('href="/admin/jobs/') == 1 and "Kim" in listed
    lines = kim.calls("GET", f"{where}/items.csv").content.decode("utf-8-sig").split("\r\n")
    assert sorted(line.split(",")[1] for line in lines[1:] if line) == ['"done"', '"done"', '"left out"']
    again = looked(kim, act="used", again=where.rsplit("/", 1)[1])
    assert "Nothing can be done" in again.text


def test_all_that_the_filters_leave_can_be_meant_and_are_counted_again(online: World, kim: Person) -> None:
    event, ids = night(online, 3, 2)
    matching = f"event={event}&status=fulfilled"
    page = looked(kim, act="used", all="1", matching=matching).text
    assert "can be done for 2 of 2" in page
    words = {"act": "used", "all": "1", "matching": matching}
    # As many, and still others.
    others = seen(kim, act="used", id=[ids[0], ids[2]])
    other = run(kim, **words, seen=others)
    assert other.status_code == 409 and "other pre-orders, 2 in all" in other.text
    digest = seen(kim, **words)
    answer = run(kim, **words, seen=digest)
    assert answer.status_code == 303
    carried_out(online)
    # The answer was lost, and by now the filters leave nobody: it is still the same job.
    again = run(kim, **words, seen=digest)
    assert again.headers["Location"] == answer.headers["Location"]
    statuses = [online.system.store.get(PreOrder, order_id).status for order_id in ids]
    assert statuses == [Status.USED, Status.USED, Status.WAITING]
    assert looked(kim, act="used", all="1", matching="status=x").status_code == 422


def test_many_refunds_wait_for_a_second_person_who_sees_what_they_are(online: World, kim: Person) -> None:
    _, ids = night(online, 9, 1)
    words = {"act": "refund", "id": ids}
    assert "A second person has to agree" in looked(kim, **words).text
    words["seen"] = seen(kim, **words)
    unsaid = run(kim, **words)
    assert unsaid.status_code == 422 and "Give a reason" in unsaid.text
    where = run(kim, **words, reason="cancelled night").headers["Location"]
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
    where = run(kim, **words).headers["Location"]
    online.follow()
    waits: Any = online.system.database.one("SELECT id::text FROM reporting.approvals")
    post(kim, f"/admin/approvals/{waits[0]}/deny", reason="the wrong night")
    carried_out(online)
    assert "stopped" in kim.calls("GET", where).text
    assert online.system.store.get(PreOrder, ids[0]).status is Status.FULFILLED


def test_a_job_can_be_stopped_with_a_reason(online: World, kim: Person) -> None:
    _, ids = night(online, 1, 1)
    where = run(kim, act="used", id=ids, seen=seen(kim, act="used", id=ids)).headers["Location"]
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
    assert looked(lee, act="refund", id=ids).status_code == 403
    words = {"act": "resend", "id": ids, "seen": seen(kim, act="resend", id=ids)}
    mine = run(lee, **words).headers["Location"]
    others = run(kim, **words).headers["Location"]
    online.follow()
    assert lee.calls("GET", mine).status_code == 200 and kim.calls("GET", mine).status_code == 200
    assert lee.calls("GET", others).status_code == 404
    assert others not in lee.calls("GET", "/admin/jobs").text


def test_a_job_about_money_is_not_stopped_by_who_could_not_order_it(online: World, kim: Person) -> None:
    _, ids = night(online, 2, 1)
    words = {"act": "hold", "id": ids, "reason": "a gate", "seen": seen(kim, act="hold", id=ids)}
    where = run(kim, **words).headers["Location"]
    lee = Person.at_work(online, "admin", "lee")
    assert post(lee, f"{where}/stop", reason="no").status_code in {403, 404}


def test_more_that_match_than_were_tried_can_be_ordered_whatever_came_of_the_first(
    online: World, kim: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harrystix.adapters.web.pages.bulk.TRIED", 1)
    event, ids = night(online, 2, 2)
    run(kim, act="used", id=ids[0], seen=seen(kim, act="used", id=ids[0]))
    carried_out(online)
    page = looked(kim, act="used", all="1", matching=f"event={event}").text
    assert "Of the first 1 it can be done for 1" in page or "Of the first 1 it can be done for 0" in page
    assert "Mark used: 2 pre-orders" in page


def test_a_choice_has_an_address_of_its_own_that_outlives_a_sign_in_and_is_its_authors(
    online: World, kim: Person
) -> None:
    _, ids = night(online, 3, 2)
    there = post(kim, "/admin/orders/bulk", act="hold", id=ids[:2]).headers["Location"]
    digest = kim.calls("GET", there).text.split('name="seen" value="')[1].split('"')[0]
    online.context.people.sessions.close(kim.id)
    asked = kim.calls(
        "POST",
        f"{there}/run",
        data={"key": KEY, "seen": digest, "reason": "a gate"},
        headers={**HTML, "Referer": f"{online.web}{there}", "Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
    )
    assert asked.headers["Location"] == f"/sign-in?next={quote(there, safe='')}"
    kim.cookie = staff.let_in(online.context, lambda _: None, kim.id, "totp", "a browser")
    assert "can be done for 2 of 2" in kim.calls("GET", there).text
    ordered = [post(kim, f"{there}/run", seen=digest, reason="a gate") for _ in range(2)]
    assert len({one.headers["Location"] for one in ordered}) == 1
    other = Person.at_work(online, "owner", "other")
    assert other.calls("GET", there).status_code == 404
    # Asked for without its form, the address of the act leads to the page above it.
    assert kim.calls("GET", f"{there}/run", headers=HTML, allow_redirects=False).headers["Location"] == there
