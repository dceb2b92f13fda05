"""One event's page over HTTP: announced, changed, and what somebody else has changed meanwhile."""

import re

from harrystix.application.processes import runs
from harrystix.application.processes.capture import capture_due
from harrystix.domain.ticketed_event import TicketedEvent
from tests.money import announced, ordered
from tests.people import Person
from tests.world import World


def test_a_rule_is_not_changed_by_who_saw_an_earlier_one(online: World) -> None:
    event = online.event()
    kim = Person.at_work(online, "owner")
    words = {"fallback": "any_variant", "window": "60", "version": str(event.version)}
    path, html = f"/admin/events/{event.id}/rule", {"Accept": "text/html"}

    def said(key: str, **more: str) -> tuple[int, str]:
        found = kim.calls(
            "POST", path, data={**words, "key": key, **more}, headers=html, allow_redirects=False
        )
        return found.status_code, found.text

    assert said("5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a0", window="9999")[0] == 422
    kept = said("5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a0", window="9999")[1]
    assert re.findall(r'value="([a-z_]+)" checked', kept) == ["any_variant"] and 'value="9999"' in kept
    first, second = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1", "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a2"
    assert said(first)[0] == 303
    # The same form again is the same command.
    assert said(first)[0] == 303
    status, page = said(second, fallback="none")
    assert status == 412 and "Somebody changed this event meanwhile" in page
    assert online.system.store.get(TicketedEvent, str(event.id)).fallback == "any_variant"


def test_an_event_is_announced_once_with_its_times_in_its_own_zone(online: World) -> None:
    kim = Person.at_work(online, "owner")
    words = {
        "key": "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1",
        "name": "Neon Night",
        "code": "NEON",
        "venue": "The Warehouse",
        "starts": "2027-07-02T21:30",
        "zone": "Europe/Berlin",
        "price": "12.50",
        "currency": "EUR",
        "variants": "Entry 9pm; Entry 10pm;",
    }
    html = {"Accept": "text/html"}
    for name, wrong in (("starts", "soon"), ("zone", "Nowhere"), ("price", "free"), ("name", "")):
        refused = kim.calls("POST", "/admin/event", data={**words, name: wrong}, headers=html)
        assert refused.status_code == 422 and 'value="The Warehouse"' in refused.text, name
    first, again = (
        kim.calls("POST", "/admin/event", data=words, headers=html, allow_redirects=False) for _ in range(2)
    )
    assert first.status_code == 303 and first.headers["Location"] == again.headers["Location"]
    event = online.system.store.get(TicketedEvent, first.headers["Location"].rsplit("/", 1)[1])
    assert event.starts_at.isoformat() == "2027-07-02T19:30:00+00:00"
    assert (event.price_minor, event.currency) == (1250, "EUR")
    assert [variant["name"] for variant in event.variants] == ["Entry 9pm", "Entry 10pm"]


def test_settings_are_changed_by_who_saw_the_latest_ones(online: World) -> None:
    event = online.event()
    kim = Person.at_work(online, "owner")
    path, html = f"/admin/event/{event.id}/settings", {"Accept": "text/html"}
    page = kim.calls("GET", path, headers=html).text
    starts = re.findall(r'name="starts"[^>]* value="([^"]+)"', page)[0]
    words = {"name": "Neon Night 2", "starts": starts, "venue": "Elsewhere", "version": str(event.version)}

    def said(key: str, **more: str) -> int:
        data = {**words, "key": f"5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3{key}", **more}
        return kim.calls("POST", path, data=data, headers=html, allow_redirects=False).status_code

    assert said("a1", closes="nonsense") == 422
    assert said("a2", variants="Late entry") == 303
    assert said("a3", name="Neon Night 3") == 412
    now = online.system.store.get(TicketedEvent, str(event.id))
    assert (now.name, now.venue, now.variants[0]["name"]) == ("Neon Night 2", "Elsewhere", "Late entry")


def test_who_had_to_sign_in_before_undoing_comes_back_to_the_board(online: World) -> None:
    event = online.event()
    kim = Person.at_work(online, "support")
    back = kim.calls(
        "GET", f"/admin/events/{event.id}/board/undo", headers={"Accept": "text/html"}, allow_redirects=False
    )
    assert (back.status_code, back.headers["Location"]) == (303, f"/admin/events/{event.id}/board")


def test_a_ticket_goes_to_one_who_is_too_late_for_the_list_by_the_id(online: World) -> None:
    event = online.event(variants=("Early", "Late"))
    online.paid(event, 52, "Early")
    online.settle()
    online.committed(online.file(event, 1, "Late"))
    online.settle()
    kim = Person.at_work(online, "support")
    pool = online.system.store.pool(str(event.id))
    assert pool
    (ticket,) = pool.tickets
    queue = sorted(pool.orders, key=lambda one: (int(pool.orders[one][0]), one))
    board = f"/admin/events/{event.id}/board"
    assert "And 2 pre-orders more" in kim.calls("GET", board).text
    assert queue[51] not in kim.calls("GET", f"{board}/{ticket}").text
    words = {"key": "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1", "ticket": ticket, "reason": "a birthday"}

    def moved(named: str) -> tuple[int, str]:
        html, data = {"Accept": "text/html"}, {**words, "named": named}
        found = kim.calls("POST", board, data=data, headers=html, allow_redirects=False)
        return found.status_code, found.headers.get("Location", found.text)

    status, page = moved("nobody")
    assert status == 422 and "Nobody who waits has this id." in page and 'value="a birthday"' in page
    assert moved("")[0] == 422
    status, there = moved(queue[51][:13])
    assert status == 303 and f"to={queue[51]}" in there


def test_the_page_says_who_is_first_what_the_next_capture_would_do_and_what_the_last_ones_did(
    online: World,
) -> None:
    event = announced(online, 20, "NEON")
    other = announced(online, 20, "OTHER")
    run = ordered(online, event, 1)
    began = runs.start_now(online.context, online.context.by("staff:kim"), online.context.schedule)
    online.follow()
    runs.enumerate_due(online.context)
    online.follow()
    capture_due(online.context, online.context.payments)
    online.settle()
    ordered(online, event, 2, start=10)
    ordered(online, other, 3, start=20)
    online.paid(online.system.store.get(TicketedEvent, event), 12, prefix="w")
    online.settle()

    def shown(key: str) -> str:
        return online.call("GET", f"/admin/events/{event}", key, headers={"Accept": "text/html"}).text

    page = shown(online.key("owner"))
    assert "£24.00" in page and "£36.00" not in page, "of this event alone"
    waiting = re.findall(r'<td class="n">(\d+)</td><th scope="row"><a class="id" href="/admin/orders/', page)
    assert waiting == [str(number) for number in range(1, 11)]
    assert "All 13" in page and "Where tickets would be short" in page
    (row,) = re.findall(f'<th scope="row"><a href="/admin/captures/{began}">.*</tr>', page)
    assert re.findall(r'<td class="n">([^<]+)</td>', row) == ["1", "1", "0", "0", "£12.00"]
    assert run[0] in page, "who paid before the others came in is first"
    listed = online.call(
        "GET",
        f"/admin/orders?event={event}&status=in_queue",
        online.key("owner"),
        headers={"Accept": "text/html"},
    ).text
    assert listed.count('name="id"') == 13 and "in the queue" in listed
    # Who is there for this event sees the same, and no way to what is of the whole house.
    own = shown(online.key("admin", events=[event]))
    assert "£24.00" in own and "/admin/captures/" not in own


def test_an_event_is_found_by_its_name_or_the_beginning_of_its_code(online: World) -> None:
    event, other = announced(online, 20, "NEON"), announced(online, 30, "SILENT")
    kim = Person.at_work(online, "owner")

    def found(q: str, who: str = "") -> list[str]:
        path, html = f"/admin/events?q={q}", {"Accept": "text/html"}
        page = online.call("GET", path, who, headers=html) if who else kim.calls("GET", path, headers=html)
        return re.findall(r'<th scope="row"><a href="/admin/events/([^"]+)"', page.text)

    assert found("neo") == found("NIGHT neon") == [event]
    assert set(found("night")) == {event, other} and found("nothing") == []
    assert found("night", online.key("admin", events=[other])) == [other], "of one's own only"
