"""The picture of an event over HTTP: put there, shown to everybody, taken away."""

import re
from typing import Any

import pytest
import requests

from harrystix.adapters.web.pages.art import art
from harrystix.domain.ticketed_event import TicketedEvent
from tests.adapters.postgres.test_pictures import picture
from tests.adapters.web.pages.test_nights import Member
from tests.money import announced, ordered
from tests.people import Person
from tests.world import World

KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, event: str, data: bytes | None, **words: str) -> requests.Response:
    files: Any = None if data is None else {"picture": ("night.jpg", data, "image/jpeg")}
    return kim.calls(
        "POST",
        f"/admin/event/{event}/picture",
        data={"key": KEY, **words},
        files=files,
        headers={"Accept": "text/html"},
        allow_redirects=False,
    )


def test_members_see_the_picture_until_it_is_taken_away(online: World) -> None:
    event = announced(online)
    ordered(online, event)
    kim, lee = Person.at_work(online, "owner"), Member(online)
    pages = ("/me/events", f"/me/events/{event}", "/me")
    for path in pages:
        assert '<svg class="cover' in lee.calls("GET", path).text, "a face of its own"
    for _ in range(2):
        assert sent(kim, event, picture()).status_code == 303
    online.follow()
    (name,) = re.findall(r'src="(/pictures/[0-9a-f]{64}\.webp)"', lee.calls("GET", pages[0]).text)
    for path in pages:
        assert f'src="{name}"' in lee.calls("GET", path).text
    shown = requests.get(f"{online.web}{name}", timeout=5)
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/webp")
    assert "immutable" in shown.headers["Cache-Control"] and shown.content[8:12] == b"WEBP"
    assert sent(kim, event, None, none="yes").status_code == 303
    online.follow()
    assert name not in lee.calls("GET", "/me").text
    assert online.system.store.get(TicketedEvent, event).picture == ""


def test_what_is_no_picture_is_refused_at_its_field(online: World) -> None:
    event = announced(online)
    kim = Person.at_work(online, "owner")
    for data in (b"%PDF-1.7", b"x" * (5 * 1024 * 1024 + 1), b""):
        refused = sent(kim, event, data)
        assert refused.status_code == 422 and 'id="picture-error"' in refused.text
    huge = sent(kim, event, b"x" * (6 * 1024 * 1024))
    assert huge.status_code == 413
    assert sent(Person.at_work(online, "support"), event, picture()).status_code == 403
    assert requests.get(f"{online.web}/pictures/{'0' * 64}.webp", timeout=5).status_code == 404


@pytest.mark.parametrize("event", ["a", "b"])
def test_where_there_is_none_the_same_night_has_always_the_same_face(event: str) -> None:
    art.cache_clear()
    first = str(art(event))
    art.cache_clear()
    assert str(art(event)) == first != str(art(f"{event}?"))
    assert "<text" not in first and "style=" not in first
