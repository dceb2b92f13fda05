"""The one search box: operators equal to the filters, suggestions while typing, and who is shown what."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.people import Person
from tests.world import World


@pytest.fixture
def kim(online: World) -> Person:
    return Person.at_work(online, "owner")


def find(who: Person, q: str) -> requests.Response:
    html = {"Accept": "text/html"}
    return who.calls("POST", "/admin/orders/find", data={"q": q}, headers=html, allow_redirects=False)


def means(who: Person, q: str) -> dict[str, str]:
    answer = find(who, q)
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def refused(who: Person, q: str) -> str:
    answer = find(who, q)
    assert answer.status_code == 422
    return answer.text


def suggested(who: Person, q: str) -> list[dict[str, str]]:
    answer = who.calls("POST", "/admin/orders/suggest", data={"q": q})
    assert answer.status_code == 200
    return answer.json()


def rows(who: Person, q: str) -> int:
    return who.calls("GET", find(who, q).headers["Location"]).text.count('<th scope="row">')


def served(online: World) -> Any:
    """An event with somebody who has a ticket for Early, and somebody who waits for Late; its code is NEON."""
    event = online.event(variants=("Early", "Late"))
    online.paid(event, 1, "Early")
    online.paid(event, 1, "Late", prefix="late")
    online.committed(online.file(event, 1, "Early"))
    online.settle()
    return event


def test_operators_mean_the_same_filters_as_the_form(online: World, kim: Person) -> None:
    event = str(served(online).id)
    (early,) = online.system.database.one("SELECT id FROM reporting.variants WHERE name = 'Early'") or ("",)
    assert means(kim, "status:waiting event:neon") == {"status": "waiting_for_stock", "event": event}
    assert means(kim, "status:waiting-for-stock")["status"] == "waiting_for_stock"
    assert means(kim, 'status:"has a ticket" -mail:bounced') == {"status": "assigned", "delivery": "-bounced"}
    assert means(kim, "-variant:ear event:NEON") == {"event": event, "variant": f"-{early}"}
    assert means(kim, "mail:sent NEON") == {"delivery": "accepted", "event": event}
    assert means(kim, "before:2026-11-24 since:2026-11-01") == {"since": "2026-11-01", "before": "2026-11-24"}
    assert means(kim, "after:2026-11-01") == {"since": "2026-11-02"}
    by_member = means(kim, "m0@uni.example status:fulfilled")
    assert set(by_member) == {"member", "status"} and "uni.example" not in str(by_member)


def test_operators_find_what_they_say(online: World, kim: Person) -> None:
    served(online)
    assert rows(kim, "event:neon") == 2
    assert rows(kim, "-status:waiting") == rows(kim, "status:waiting") == 1
    assert rows(kim, "-variant:late event:neon") == 1
    assert rows(kim, "-mail:bounced") == 2
    assert (rows(kim, "mail:did"), rows(kim, '-mail:"did not arrive"')) == (0, 2)
    day = online.context.clock.now().date().isoformat()
    assert (rows(kim, f"since:{day}"), rows(kim, f"before:{day}")) == (2, 0)


def test_what_an_operator_cannot_mean_is_said_with_what_there_is_and_the_text_stays(
    online: World, kim: Person
) -> None:
    served(online)
    page = refused(kim, "status:nonsense event:neon")
    assert "status:nonsense is not known. There are placed, payment under way, paid" in page
    assert 'value="status:nonsense event:neon"' in page
    assert "status:p may be more than one" in refused(kim, "status:p")
    assert "There is no stauts: here." in refused(kim, "stauts:paid")
    assert "status: is there twice" in refused(kim, "status:paid status:used")
    assert "No event has the code GHOST." in refused(kim, "event:GHOST")
    assert "Say which event the variant is of" in refused(kim, "variant:early")
    assert "before: needs a day like" in refused(kim, "before:2026-02-31")
    assert "since: and after: mean the same" in refused(kim, "since:2026-02-01 after:2026-02-01")
    assert "cannot be turned round" in refused(kim, "-before:2026-02-01")
    assert "Nobody here has this address" in refused(kim, "member:ghost@uni.example")
    assert means(kim, "after:9999-12-31") == {"since": "9999-12-31"}
    assert "is left over" in refused(kim, "event:neon another")


def test_filters_that_are_meant_the_other_way_round_are_chips_and_choices(online: World, kim: Person) -> None:
    event = str(served(online).id)
    page = kim.calls("GET", f"/admin/orders?event=-{event}&status=-used&since=2026-11-01").text
    assert page.count('<th scope="row">') == 0
    for chip in (">not Neon Night<", ">not used<", ">placed since 1 Nov 2026<"):
        assert chip in page, chip
    for chosen in (f'value="-{event}" selected', 'value="-used" selected', 'value="2026-11-01"'):
        assert chosen in page, chosen
    assert kim.calls("GET", "/admin/orders?since=2026-02-31").status_code == 422


def test_while_typing_the_best_fits_are_shown_with_where_they_lead(online: World, kim: Person) -> None:
    event = str(served(online).id)
    order, ticket = online.system.database.one(
        "SELECT pre_order_id::text, ticket_id::text FROM reporting.ticket_assignments"
    ) or ("", "")
    for letters, kind in ((order[:10], "pre-order"), (ticket[:6].upper(), "ticket")):
        (one, *_) = [one for one in suggested(kim, letters) if one["words"].startswith(kind)]
        assert one["href"] == f"/admin/orders/{order}"
    assert {"words": "Neon Night", "about": "NEON", "href": f"/admin/orders?event={event}"} in suggested(
        kim, "neo"
    )
    assert [one["fill"] for one in suggested(kim, "event:neon sta")][-1] == "event:neon status:"
    assert [one["fill"] for one in suggested(kim, "neon -mail:b")] == ["neon -mail:bounced"]
    assert [one["words"] for one in suggested(kim, "event:neon variant:")] == [
        "variant:Early",
        "variant:Late",
    ]
    assert [one["words"] for one in suggested(kim, "event:n")] == ["event:NEON"]
    assert suggested(kim, "status:waiting") == []
    assert suggested(kim, "m0@uni.example") == suggested(kim, "%%") == suggested(kim, "x") == []


def test_nothing_of_other_events_is_suggested_or_found(online: World) -> None:
    served(online)
    order, ticket = online.system.database.one(
        "SELECT pre_order_id::text, ticket_id::text FROM reporting.ticket_assignments"
    ) or ("", "")
    lee = Person.at_work(online, "admin", "lee")
    for letters in (order[:8], ticket[:8], "neon", "event:ne", "event:neon variant:"):
        assert suggested(lee, letters) == []
    assert "No event has the code neon." in refused(lee, "event:neon")
    # Whether somebody is a member at all is nothing that other events' people may find out.
    known, unknown = (refused(lee, f"member:{name}@uni.example") for name in ("m0", "nobody"))
    assert known.replace("m0", "nobody") == unknown and "Nobody here has this address" in known


def test_a_beginning_of_an_id_with_enter_leads_there_and_codes_may_have_colons(
    online: World, kim: Person
) -> None:
    online.event("NYE:2026 Night")
    served(online)
    (order,) = online.system.database.one("SELECT pre_order_id::text FROM reporting.ticket_assignments") or (
        "",
    )
    assert find(kim, order[:8]).headers["Location"] == f"/admin/orders/{order}"
    assert set(means(kim, "nye:2026")) == {"event"}
    assert "status:waiting event:neon" not in find(kim, "neon").headers["Location"]
