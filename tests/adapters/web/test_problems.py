"""Who has to sign in or confirm in the middle of something comes back to a page that there is."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.people import Person
from tests.world import World

ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("stood", "back"),
    [
        ("/admin/orders/bulk", "/admin/orders"),
        (f"/admin/orders/bulk/{ID}/run", f"/admin/orders/bulk/{ID}"),
        ("/admin/orders/find", "/admin/orders"),
        ("/admin/orders/views", "/admin/orders"),
        ("/admin/event", "/admin/event/new"),
        (f"/admin/mails/{ID}/abort", "/admin/mails"),
        (f"/admin/events/{ID}/board/undo", f"/admin/events/{ID}/board"),
        ("/admin/orders?status=used&event=", "/admin/orders?status=used&event="),
        (f"/admin/orders/{ID}", f"/admin/orders/{ID}"),
    ],
)
def test_the_way_back_leads_to_where_the_form_came_from(online: World, stood: str, back: str) -> None:
    answer = requests.post(
        f"{online.web}/admin/orders/bulk",
        headers={**HTML, "Referer": f"{online.web}{stood}", "Sec-Fetch-Site": "same-origin"},
        allow_redirects=False,
        timeout=5,
    )
    there = urlsplit(answer.headers["Location"])
    assert (answer.status_code, there.path) == (303, "/sign-in")
    assert parse_qs(there.query)["next"] == [back]


@pytest.mark.parametrize("path", ["/admin/event", f"/admin/mails/{ID}/abort"])
def test_an_address_that_takes_forms_only_leads_to_the_page_of_the_form(online: World, path: str) -> None:
    kim = Person.at_work(online, "owner")
    answer = kim.calls("GET", path, headers=HTML, allow_redirects=False)
    assert answer.status_code == 303
    assert kim.calls("GET", answer.headers["Location"], headers=HTML).status_code == 200
