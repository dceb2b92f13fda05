"""What waits for a second person, as pages: who may grant, who may deny, and what came of it."""

from typing import Any

import requests

from harrystix.application.handlers import approvals
from harrystix.application.processes.approved import carry_out
from harrystix.domain.staff import StaffMember
from tests.money import members
from tests.people import Person
from tests.world import World

HTML = {"Accept": "text/html"}
KEY = "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    return kim.calls("POST", path, data={"key": KEY, **words}, headers=HTML, allow_redirects=False)


def asked(online: World, kim: Person, subject: str, role: str = "support") -> str:
    by = online.context.by(f"staff:{kim.id}")
    waits = approvals.ask(
        online.context, by, kind="role", subject=subject, reason="stands in", details={"role": role}
    )
    online.follow()
    return waits


def test_another_owner_grants_and_it_is_carried_out(online: World) -> None:
    one, other = Person.at_work(online, "owner"), Person.at_work(online, "owner", "other")
    lee = Person(online, "lee@staff.example", "admin")
    waits = asked(online, one, lee.id)
    mine, theirs = (who.calls("GET", "/admin/approvals").text for who in (one, other))
    assert "/grant" not in mine and "/deny" in mine
    assert f"/admin/approvals/{waits}/grant" in theirs and "stands in" in theirs
    # Whoever grants sees whom it is about.
    assert "Kim, now admin: to support" in theirs
    refused = sent(one, f"/admin/approvals/{waits}/grant")
    assert refused.status_code == 409 and "Somebody else has to grant" in refused.text
    assert sent(other, f"/admin/approvals/{waits}/grant").headers["Location"].endswith("done=granted")
    online.follow()
    carry_out(online.context)
    online.follow()
    assert online.system.store.get(StaffMember, lee.id).role == "support"
    assert "done" in other.calls("GET", "/admin/approvals").text


def test_denying_wants_a_reason_and_keeps_what_was_written(online: World) -> None:
    one = Person.at_work(online, "owner")
    waits = asked(online, one, Person(online, "lee@staff.example", "admin").id)
    refused = sent(one, f"/admin/approvals/{waits}/deny", reason="write to kim@uni.example")
    assert refused.status_code == 409 and 'value="write to kim@uni.example"' in refused.text
    assert (
        sent(one, f"/admin/approvals/{waits}/deny", reason="a mistake").headers["Location"].endswith("denied")
    )
    assert approvals.get(online.context, waits).state == "denied"


def test_who_could_not_do_it_alone_sees_nothing_of_it(online: World) -> None:
    one, lee = Person.at_work(online, "owner"), Person.at_work(online, "support")
    waits = asked(online, one, lee.id)
    assert waits not in lee.calls("GET", "/admin/approvals").text
    assert sent(lee, f"/admin/approvals/{waits}/grant").status_code in {404, 409}
    assert approvals.get(online.context, waits).state == "requested"


def test_an_erasure_is_granted_by_who_has_typed_it_out(online: World) -> None:
    one, other = Person.at_work(online, "owner"), Person.at_work(online, "owner", "other")
    (member,) = members(online, 1)
    by = online.context.by(f"staff:{one.id}")
    waits = approvals.ask(online.context, by, kind="erasure", subject=member, reason="a letter")
    online.follow()
    assert "<strong>erase</strong>" in other.calls("GET", "/admin/approvals").text
    path = f"/admin/approvals/{waits}/grant"
    for word in ({}, {"word": "yes"}):
        refused = sent(other, path, **word)
        assert refused.status_code == 422 and "Type erase to go on." in refused.text
        assert f'id="word-{waits}-error"' in refused.text
    assert approvals.get(online.context, waits).state == "requested"
    assert sent(other, path, word=" Erase ").headers["Location"].endswith("done=granted")
