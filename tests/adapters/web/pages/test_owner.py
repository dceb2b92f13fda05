"""The owner's pages over HTTP."""

import re
from typing import Any

import requests

from harrystix.adapters.postgres.api_keys import ApiKeys, KeyRow
from harrystix.adapters.postgres.retention import RETENTION
from harrystix.adapters.web.pages.render import lasting
from harrystix.domain.staff import StaffMember
from tests.people import Person
from tests.world import World


def test_every_timer_is_listed_with_its_time_and_what_is_there(online: World) -> None:
    text = Person.at_work(online, "owner").calls("GET", "/admin/house/retention").text
    assert text.count('<th scope="row">') == len(RETENTION) >= 10
    assert "24 hours" in text or "1 day" in text
    assert (lasting(86_400_000), lasting(3_600_000), lasting(90_000_000)) == ("1 day", "1 hour", "25 hours")


def test_the_keys_are_listed_and_nobody_else_sees_them(online: World) -> None:
    online.paid(online.event(), 2)
    text = Person.at_work(online, "owner").calls("GET", "/admin/house/keys").text
    assert "in use" in text and ">1</th>" in text
    assert Person.at_work(online, "admin").calls("GET", "/admin/house/keys").status_code == 403


def test_an_event_beyond_the_list_is_named_by_its_code(online: World) -> None:
    event = str(online.event().id)
    online.follow()
    kim, lee = Person.at_work(online, "owner"), Person(online, "lee@staff.example", "admin")
    path = f"/admin/house/staff/{lee.id}/event"
    wrong = sent(kim, path, code="NOWHERE", **{"for": "hers"})
    assert wrong.status_code == 422 and "No event has the code NOWHERE." in wrong.text
    assert 'id="code-error"' in wrong.text and 'value="NOWHERE"' in wrong.text
    assert sent(kim, path, code="neon", **{"for": "hers"}).status_code == 303
    online.follow()
    asked = online.system.database.one("SELECT details FROM reporting.approvals WHERE kind = 'event'")
    assert asked and asked[0]["event_id"] == event
    words = {"role": "partner", "label": "Campus shop", "reason": "sells for us", "scopes": "tickets:write"}
    lost = sent(kim, "/admin/house/api-keys", codes="NEON NOWHERE", **words)
    assert lost.status_code == 422 and 'value="NEON NOWHERE"' in lost.text
    assert sent(kim, "/admin/house/api-keys", codes="NEON", **words).status_code == 201
    (key,) = [row for row in keys_of(online) if row.label == "Campus shop"]
    assert key.events == [event]


def keys_of(online: World) -> list[KeyRow]:
    return ApiKeys(online.system.database).all()


HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    return kim.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def test_somebody_new_is_asked_for_once_and_what_was_written_stays_where_it_is_wrong(online: World) -> None:
    kim = Person.at_work(online, "owner")
    new = {"email": "lee@staff.example", "name": "Lee", "role": "support", "reason": "starts on Monday"}
    wrong = sent(kim, "/admin/house/staff", **{**new, "email": "no address"})
    assert wrong.status_code == 422 and 'value="starts on Monday"' in wrong.text
    for _ in range(2):
        assert sent(kim, "/admin/house/staff", **new).status_code == 303
    online.follow()
    (waits,) = online.call("GET", "/api/admin/approvals", online.key("owner")).json()
    assert waits["kind"] == "staff"
    assert "lee@staff.example" in kim.calls("GET", "/admin/house/staff").text


def test_a_role_and_an_event_wait_for_a_second_owner_and_the_way_out_does_not(online: World) -> None:
    kim, event = Person.at_work(online, "owner"), online.event()
    online.follow()
    lee = Person(online, "lee@staff.example", "admin")
    path = f"/admin/house/staff/{lee.id}"
    assert "Neon Night" in kim.calls("GET", path).text
    assert sent(kim, f"{path}/role", role="owner", why="").status_code == 422
    assert sent(kim, f"{path}/role", role="owner", why="stands in").headers["Location"].endswith("asked")
    key = {"key": KEY.replace("5f", "6f")}
    more = sent(kim, f"{path}/event", event=str(event.id), **{"for": "hers"}, **key)
    assert more.headers["Location"].endswith("asked")
    known = online.system.store.get(StaffMember, lee.id)
    assert (known.role, known.events) == ("admin", [])
    assert sent(kim, f"{path}/disable", reason="left").headers["Location"].endswith("disabled")
    assert online.system.store.get(StaffMember, lee.id).disabled


def test_a_key_is_shown_once_and_revoked_at_once(online: World) -> None:
    kim, event = Person.at_work(online, "owner"), online.event()
    online.follow()
    words = {"label": "Campus radio", "role": "partner", "reason": "their tickets", "events": str(event.id)}
    without = sent(kim, "/admin/house/api-keys", **words)
    assert without.status_code == 422 and 'value="Campus radio"' in without.text
    made = sent(kim, "/admin/house/api-keys", scopes="tickets:write", **words)
    found = re.search(r"htx_([0-9a-f]{12})_[\w-]+", made.text)
    assert made.status_code == 201 and found and made.headers["Cache-Control"] == "no-store"
    again = sent(kim, "/admin/house/api-keys", scopes="tickets:write", **words)
    assert again.status_code == 422 and "made already" in again.text and "htx_" not in again.text
    page = kim.calls("GET", "/admin/house/api-keys").text
    assert found[1] in page and found[0] not in page and "waiting" in page
    assert sent(kim, f"/admin/house/api-keys/{found[1]}/revoke").status_code == 303
    assert sent(kim, f"/admin/house/api-keys/{found[1]}/revoke").status_code == 404


def test_the_house_shows_to_each_what_they_may_see(online: World) -> None:
    assert "API keys" in Person.at_work(online, "owner").calls("GET", "/admin/house").text
    page = Person.at_work(online, "support").calls("GET", "/admin/house").text
    assert "Health" in page and "API keys" not in page
    assert Person.at_work(online, "admin").calls("GET", "/admin/house").status_code == 403
