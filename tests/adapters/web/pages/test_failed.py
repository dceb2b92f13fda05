"""Failed work and health as pages: what a person can do about each, and that it is on record."""

import re
from typing import Any

import requests

from tests.people import Person
from tests.world import World

HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    return kim.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def parked(online: World, number: int = 1) -> int:
    """A message that nobody could work on."""
    online.context.inbox.add("stripe", f"evt_{number}", "payment_intent.succeeded", {"payment_id": "pi_x"})
    (item,) = online.context.inbox.claim("stripe", 1, 60)
    online.context.inbox.settle([item.id], "parked", "of no pre-order")
    return item.id


def state(online: World, item: int) -> tuple[str, str]:
    row = online.system.database.one("SELECT state, note FROM app.inbox WHERE id = %s", (item,))
    assert row
    return row[0], row[1]


def test_a_message_is_worked_on_again_or_dropped_with_a_reason(online: World) -> None:
    kim = Person.at_work(online, "support")
    first = parked(online)
    assert "of no pre-order" in kim.calls("GET", "/admin/failed").text
    assert sent(kim, f"/admin/failed/messages/{first}/replay").status_code == 303
    assert state(online, first)[0] == "pending"
    twice = sent(kim, f"/admin/failed/messages/{first}/replay")
    assert twice.status_code == 409 and "waits for nobody any more" in twice.text
    online.context.inbox.settle([first], "done")
    second = parked(online, 2)
    without = sent(kim, f"/admin/failed/messages/{second}/drop", reason="")
    assert without.status_code == 422 and state(online, second)[0] == "parked"
    assert sent(kim, f"/admin/failed/messages/{second}/drop", reason="a test of theirs").status_code == 303
    assert state(online, second) == ("ignored", "a test of theirs")
    again = sent(kim, f"/admin/failed/messages/{second}/drop", reason="and again")
    assert again.status_code == 409 and state(online, second) == ("ignored", "a test of theirs")
    online.follow()
    deeds = online.system.database.all(
        "SELECT details->>'kind' FROM reporting.assignment_logs WHERE action = 'Deed.Done'"
    )
    assert {"message_replayed", "message_dropped"} <= {row[0] for row in deeds}


def following(page: str, name: str) -> str:
    (found,) = re.findall(rf'href="([^"]*{name}=[^"]*)"', page)
    return found.split("#")[0].replace("&amp;", "&")


def test_long_lists_of_messages_and_findings_go_on_each_by_itself(online: World) -> None:
    kim = Person.at_work(online, "support")
    items = [parked(online, number) for number in range(52)]
    online.system.database.execute(
        "INSERT INTO app.findings (id, kind, subject, details, first_seen, last_seen) "
        "SELECT gen_random_uuid(), 'unknown_payment', 'pi_' || n, '{}', now() - n * interval '1 hour', now() "
        "FROM generate_series(1, 53) n"
    )
    page = kim.calls("GET", "/admin/failed").text
    assert f"messages/{items[49]}/replay" in page and f"messages/{items[50]}/replay" not in page
    assert "<code>pi_50</code>" in page and "<code>pi_51</code>" not in page
    more = kim.calls("GET", following(page, "messages")).text
    assert f"messages/{items[51]}/replay" in more and f"messages/{items[49]}/replay" not in more
    assert "<code>pi_50</code>" in more
    both = kim.calls("GET", following(more, "findings")).text
    assert f"messages/{items[51]}/replay" in both and "<code>pi_53</code>" in both
    cursor = following(page, "findings").split("findings=")[1]
    assert kim.calls("GET", f"/admin/failed?messages={cursor}", headers=HTML).status_code == 400


def test_an_auditor_sees_failed_work_and_changes_nothing(online: World) -> None:
    item = parked(online)
    kim = Person.at_work(online, "auditor")
    page = kim.calls("GET", "/admin/failed").text
    assert "of no pre-order" in page and "Work on it again" not in page
    assert sent(kim, f"/admin/failed/messages/{item}/replay").status_code == 403


def test_health_says_what_is_not_well_and_what_to_do(online: World) -> None:
    kim = Person.at_work(online, "owner")
    parked(online)
    page = kim.calls("GET", "/admin/health").text
    assert "1 parked" in page and "parked messages need a person" in page and "not well" in page
    for word in ("read models", "Captures", "Backups", "reconciliation", "answers"):
        assert word in page, word
