"""The list of pre-orders over HTTP: found, filtered, taken along, and closed to who is there for other events."""

import html
import re
from typing import Any
from uuid import uuid4

import pytest
import requests

from harrystix.domain.ticketed_event import TicketedEvent
from tests.people import Person
from tests.world import World


@pytest.fixture
def kim(online: World) -> Person:
    return Person.at_work(online, "owner")


def found(kim: Person, q: str) -> requests.Response:
    headers = {"Accept": "text/html"}
    return kim.calls("POST", "/admin/orders/find", data={"q": q}, headers=headers, allow_redirects=False)


def served(online: World) -> tuple[str, str, str]:
    """(event, pre-order, ticket) of somebody who has one, besides somebody who waits."""
    event = online.event(variants=("Early", "Late"))
    online.paid(event, 1, "Early")
    online.paid(event, 1, "Late", prefix="late")
    online.committed(online.file(event, 1, "Early"))
    online.settle()
    row: Any = online.system.database.one(
        "SELECT pre_order_id::text, ticket_id::text FROM reporting.ticket_assignments"
    )
    return str(event.id), row[0], row[1]


def test_one_search_finds_by_id_ticket_address_and_code(online: World, kim: Person) -> None:
    event, order, ticket = served(online)
    assert found(kim, order).headers["Location"] == f"/admin/orders/{order}"
    assert found(kim, ticket.upper()).headers["Location"] == f"/admin/orders/{order}"
    assert found(kim, "neon").headers["Location"] == f"/admin/orders?event={event}"
    by_address = found(kim, "M0@uni.example").headers["Location"]
    assert by_address.startswith("/admin/orders?member=") and "uni.example" not in by_address
    nothing = found(kim, "<b>nobody</b>")
    assert nothing.status_code == 404 and "Nothing is known by that" in nothing.text
    assert "<b>nobody" not in nothing.text and 'value="&lt;b&gt;nobody' in nothing.text


def test_filters_stand_in_the_address_and_each_can_be_taken_away(online: World, kim: Person) -> None:
    event, order, _ = served(online)
    page = kim.calls("GET", f"/admin/orders?event={event}&status=waiting_for_stock&variant=&delivery=").text
    assert order not in page and page.count('<th scope="row">') == 1
    assert (
        'href="/admin/orders?status=waiting_for_stock"' in page
        and f'href="/admin/orders?event={event}"' in page
    )
    assert "No pre-orders match these filters" in kim.calls("GET", "/admin/orders?delivery=bounced").text
    assert kim.calls("GET", "/admin/orders?status=nonsense").status_code == 422


def test_an_export_has_what_the_filters_leave_and_no_address(online: World, kim: Person) -> None:
    event, order, _ = served(online)
    text = kim.calls("GET", f"/admin/orders/export.csv?event={event}&status=fulfilled").content.decode(
        "utf-8-sig"
    )
    lines = text.split("\r\n")
    assert lines[0].startswith('"pre_order","event"') and len(lines) == 3 and order in lines[1]
    assert "uni.example" not in text


def test_what_is_ticked_is_taken_along_and_nothing_of_other_events(online: World, kim: Person) -> None:
    event, order, _ = served(online)
    (other,) = online.system.database.one(
        "SELECT id::text FROM reporting.pre_orders WHERE id <> %s", (order,)
    ) or ("",)

    def taken(who: Person, **words: Any) -> str:
        return who.calls("POST", "/admin/orders/export.csv", data=words).content.decode("utf-8-sig")

    ticked = taken(kim, id=[order])
    assert order in ticked and other not in ticked and "uni.example" not in ticked
    everything = taken(kim, all="1", matching=f"event={event}")
    assert order in everything and other in everything
    assert taken(Person.at_work(online, "admin", "lee"), id=[order]).count("\r\n") == 1


def test_a_search_that_failed_still_leads_to_the_next_page(online: World, kim: Person) -> None:
    event = online.event()
    online.paid(event, 60)
    online.follow()
    page = found(kim, "status:nonsense").text
    (more,) = re.findall(r'rel="next" href="([^"]+)"', page)
    second = kim.calls("GET", html.unescape(more)).text
    assert second.count('<th scope="row">') == 10 and 'rel="first" href="/admin/orders"' in second


def test_a_variant_is_let_go_with_its_event(online: World, kim: Person) -> None:
    event, _, _ = served(online)
    other = online.event("Other Night", variants=("Early",))
    online.follow()
    early = next(
        variant["id"]
        for variant in online.system.store.get(TicketedEvent, event).variants
        if variant["name"] == "Early"
    )
    page = kim.calls("GET", f"/admin/orders?event={event}&variant={early}").text
    assert 'href="/admin/orders?"' in page and page.count('<th scope="row">') == 1
    left = kim.calls("GET", f"/admin/orders?event={other.id}&variant={early}").text
    assert "one variant" not in left and f"variant={early}" not in left


def test_the_page_of_a_pre_order_says_why(online: World, kim: Person) -> None:
    _, order, ticket = served(online)
    page = kim.calls("GET", f"/admin/orders/{order}").text
    assert ticket in page and "number 1" in page and "m0@uni.example" not in page


def test_who_is_there_for_other_events_finds_nothing(online: World) -> None:
    event, order, ticket = served(online)
    lee = Person.at_work(online, "admin", "lee")
    html = {"Accept": "text/html"}
    for asked in (order, order[:8], ticket, "neon", "m0@uni.example", "nobody@uni.example"):
        assert found(lee, asked).status_code == 404
    assert lee.calls("GET", f"/admin/orders/{order}", headers=html).status_code == 404
    for path in (f"/admin/orders?event={event}", f"/admin/orders/export.csv?event={event}"):
        assert order not in lee.calls("GET", path).text


def kept(who: Person, name: str, matching: str) -> requests.Response:
    words = {"key": str(uuid4()), "name": name, "matching": matching}
    return who.calls(
        "POST", "/admin/orders/views", data=words, headers={"Accept": "text/html"}, allow_redirects=False
    )


def test_a_list_can_have_a_name_which_is_its_owners_alone(online: World, kim: Person) -> None:
    event, _, _ = served(online)
    matching = f"event={event}&status=fulfilled"
    assert kept(kim, "Served at Neon", matching).headers["Location"] == f"/admin/orders?{matching}"
    page = kim.calls("GET", f"/admin/orders?{matching}").text
    assert "Served at Neon" in page and "Remove from my lists" in page and "Keep this list as" not in page
    other = Person.at_work(online, "owner", "other")
    assert "Served at Neon" not in other.calls("GET", "/admin/orders").text
    view = page.split("/admin/orders/views/")[1].split("/")[0]
    other.calls("POST", f"/admin/orders/views/{view}/remove", data={"key": str(uuid4())})
    assert "Served at Neon" in kim.calls("GET", "/admin/orders").text
    kim.calls("POST", f"/admin/orders/views/{view}/remove", data={"key": str(uuid4())})
    assert "Served at Neon" not in kim.calls("GET", "/admin/orders").text


def test_a_name_that_does_not_fit_is_said_and_kept_and_filters_nobody_sent_are_refused(
    online: World, kim: Person
) -> None:
    served(online)
    wrong = kept(kim, "ask kim@uni.example", "status=fulfilled")
    assert wrong.status_code == 422 and 'value="ask kim@uni.example"' in wrong.text
    assert kept(kim, "x", "status=fulfilled&evil=1").status_code == 422
    for number in range(20):
        assert kept(kim, f"list {number}", "status=fulfilled").status_code == 303
    full = kept(kim, "one more", "status=used")
    assert full.status_code == 422 and "Remove one first" in full.text


def test_what_cannot_be_found_leaves_the_filters_as_they_were(online: World, kim: Person) -> None:
    event, *_ = served(online)
    asks = {"q": "nothing like it", "matching": f"event={event}&status=fulfilled"}
    page = kim.calls("POST", "/admin/orders/find", data=asks, headers={"Accept": "text/html"})
    assert page.status_code == 404 and page.text.count('name="id"') == 1
    assert ": remove this filter" in page.text
