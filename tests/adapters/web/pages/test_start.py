"""Coming in and going out."""

import re
import struct

import pytest
import requests

from harrystix.adapters.web.assets import static
from harrystix.application.handlers import staff
from tests.money import members
from tests.people import Person, later
from tests.world import World


def where(online: World, cookie: str = "") -> str:
    headers = {"Cookie": f"__Host-harrystix={cookie}"}
    return requests.get(f"{online.web}/", headers=headers, allow_redirects=False, timeout=5).headers[
        "Location"
    ]


def test_the_first_page_is_where_one_works(online: World) -> None:
    assert where(online) == "/sign-in"
    assert where(online, Person.at_work(online, "support").cookie) == "/admin"
    (member,) = members(online, 1)
    _, token = online.context.people.sessions.open("member", member, "a phone", online.context.clock.now())
    assert where(online, token) == "/me"


def used(online: World, token: str) -> requests.Response:
    return requests.post(f"{online.web}/api/sign-in/desk", json={"token": token}, timeout=5)


def test_a_link_from_the_command_line_is_good_once_and_for_ten_minutes(online: World) -> None:
    kim = Person(online, "kim@staff.example", "owner")
    token = staff.link(online.context, kim.id)
    assert used(online, token).status_code == 204
    assert used(online, token).status_code == 401
    late = staff.link(online.context, kim.id)
    later(online, minutes=11)
    assert used(online, late).status_code == 401


def test_who_is_disabled_does_not_get_in_by_a_link_either(online: World) -> None:
    kim = Person(online, "kim@staff.example", "owner")
    token = staff.link(online.context, kim.id)
    staff.disable(online.context, online.context.by("staff:other"), kim.id, "left")
    assert used(online, token).status_code == 401


def test_signing_out_ends_the_session(online: World) -> None:
    kim = Person.at_work(online, "owner")
    answer = kim.calls("POST", "/sign-out", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert kim.calls("GET", "/api/session").status_code == 401


def test_files_of_pages_are_kept_for_ever_and_older_addresses_still_answer(online: World) -> None:
    new = requests.get(online.web + static("app.css"), timeout=5)
    assert "immutable" in new.headers["Cache-Control"]
    old = requests.get(online.web + re.sub("[0-9a-f]{12}", "0" * 12, static("app.css")), timeout=5)
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["../app.py", "..%2fapp.py", "vendor/../../app.py"])
def test_nothing_else_is_served(online: World, path: str) -> None:
    assert requests.get(online.web + static(path), timeout=5).status_code == 404


def test_a_page_that_follows_by_itself_keeps_nobody_signed_in(online: World) -> None:
    kim = Person.at_work(online, "owner")
    later(online, minutes=29)
    kim.calls("GET", "/admin/live", stream=True).close()
    later(online, minutes=2)
    assert kim.calls("GET", "/api/session").status_code == 401


def test_a_stream_says_that_somebody_is_signed_out_and_never_sends_the_sign_in_page(online: World) -> None:
    headers = {"Accept": "text/html, text/event-stream"}
    answer = requests.get(f"{online.web}/admin/live", headers=headers, allow_redirects=False, timeout=5)
    assert answer.status_code == 401


def test_whoever_came_in_another_way_is_not_invited_any_more(online: World) -> None:
    by = online.context.by("staff:other")
    staff_id = staff.invite(online.context, by, email="lee@staff.example", name="Lee", role="owner")
    staff.enable(online.context, by, staff_id)
    assert online.context.people.staff.invited(staff_id)
    assert used(online, staff.link(online.context, staff_id)).status_code == 204
    assert not online.context.people.staff.invited(staff_id)


def test_a_phone_finds_what_it_needs_to_keep_us_among_its_apps(online: World) -> None:
    answer = requests.get(f"{online.web}/manifest.webmanifest", timeout=5)
    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    found = answer.json()
    assert (found["start_url"], found["display"]) == ("/me", "standalone")
    for icon in found["icons"]:
        picture = requests.get(f"{online.web}{icon['src']}", timeout=5)
        width, height = struct.unpack(">II", picture.content[16:24])
        assert f"{width}x{height}" == icon["sizes"] and icon["sizes"] in {"192x192", "512x512"}
    worker = requests.get(f"{online.web}/sw.js", timeout=5)
    assert worker.ok and "javascript" in worker.headers["Content-Type"]
    assert worker.headers["Cache-Control"] == "no-cache"
