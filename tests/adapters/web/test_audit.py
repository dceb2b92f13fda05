"""What is on record over HTTP: who did what, from where, because of what; and how many credentials an hour."""

from harrystix.domain.staff import StaffMember
from tests.people import PASSWORD, Person
from tests.world import World


def test_what_staff_did_is_in_the_log_without_a_name(kim: Person) -> None:
    kim.signs_in()
    kim.signs_in(code="000000")
    kim.here.follow()
    rows = kim.here.system.database.all(
        "SELECT action, details::text FROM reporting.assignment_logs ORDER BY position"
    )
    assert [row[0] for row in rows] == [
        "StaffMember.Created",
        "StaffMember.SignedIn",
        "StaffMember.SignInRefused",
    ]
    assert "kim" not in str(rows).lower()
    assert kim.here.system.store.get(StaffMember, kim.id).role == "support"


def test_names_passwords_and_factors_are_not_in_the_database_in_clear(kim: Person) -> None:
    kim.signs_in()
    factor = kim.credentials.uri.split("secret=")[1].split("&")[0]
    kept = str(kim.here.system.database.all("SELECT s::text FROM vault.staff s"))
    for secret in ("kim@staff", PASSWORD, factor, *kim.credentials.recovery_codes):
        assert secret not in kept
        assert secret.encode().hex() not in kept


def test_the_audit_log_says_from_where_to_who_may_know(online: World, kim: Person) -> None:
    auditor = Person(online, "aud@staff.example", "auditor")
    kim.signs_in()
    event = online.event()
    online.paid(event, 1)
    online.committed(online.file(event, 1))
    online.settle()
    (ticket,) = online.system.store.pool(str(event.id)).tickets  # type: ignore[union-attr]
    shown = kim.calls(
        "POST",
        f"/api/admin/tickets/{ticket}/reveal",
        json={"purpose": "lost phone"},
        headers={"User-Agent": "Firefox"},
    )
    assert shown.status_code == 200
    online.follow()
    auditor.signs_in()
    path = "/api/admin/audit?actor=staff:" + kim.id
    line, signed_in = auditor.calls("GET", path).json()[:2]
    assert (signed_in["action"], signed_in["ip"]) == ("StaffMember.SignedIn", "127.0.0.1")
    assert (line["action"], line["role"], line["ip"], line["userAgent"]) == (
        "PreOrder.CredentialDisclosed",
        "support",
        "127.0.0.1",
        "Firefox",
    )
    own = kim.calls("GET", "/api/admin/audit").json()
    assert {entry["actor"] for entry in own} == {f"staff:{kim.id}"}, "support sees its own acts"
    assert own[0]["ip"] == ""


def test_causes_lead_from_a_mail_back_to_the_upload(online: World) -> None:
    auditor = Person(online, "aud@staff.example", "auditor")
    auditor.signs_in()
    event = online.event()
    online.paid(event, 1)
    online.committed(online.file(event, 1))
    online.settle()
    sent = next(
        line
        for line in auditor.calls("GET", "/api/admin/audit").json()
        if line["action"] == "PreOrder.TicketEmailAccepted"
    )
    causes = auditor.calls("GET", f"/api/admin/audit/{sent['position']}/causes").json()
    assert causes[0]["position"] == sent["position"]
    assert len(causes) > 1


def test_thirty_credentials_an_hour_and_then_no_more(online: World, kim: Person) -> None:
    event = online.event()
    online.paid(event, 1)
    online.committed(online.file(event, 1))
    online.settle()
    (ticket,) = online.system.store.pool(str(event.id)).tickets  # type: ignore[union-attr]
    kim.signs_in()
    path, purpose = f"/api/admin/tickets/{ticket}/reveal", {"purpose": "lost phone"}
    for _ in range(30):
        assert kim.calls("POST", path, json=purpose).status_code == 200
    refused = kim.calls("POST", path, json=purpose)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_often")
    assert "password" not in refused.text.lower()


def test_the_audit_log_can_be_asked_for_one_kind_of_transition(online: World) -> None:
    event = online.event()
    online.paid(event, 2)
    online.committed(online.file(event, 2))
    online.settle()
    key = online.key("auditor")
    path = "/api/admin/audit?action=TicketedEvent.Announced&limit=1"
    (only,) = online.call("GET", path, key).json()
    assert (only["action"], only["eventId"]) == ("TicketedEvent.Announced", str(event.id))
    assert online.call("GET", "/api/admin/audit?action=Nothing.Such", key).json() == []
