"""Signing in over HTTP: links by mail, passwords with codes, sessions, and what another site can't do."""

from collections.abc import Callable

import pytest
import requests

from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.requests import Requests
from harrystix.adapters.web.access import COOKIE
from harrystix.application.handlers import sign_in as links
from harrystix.application.handlers import staff
from harrystix.domain.staff import StaffMember
from tests.money import members
from tests.people import PASSWORD, Person, later, link, used
from tests.world import World

Made = Callable[..., Person]


@pytest.fixture
def kim(online: World) -> Person:
    return Person(online, "kim@staff.example", "support")


def test_a_member_signs_in_by_the_link_of_a_mail(online: World) -> None:
    (member,) = members(online, 1)
    answer = used(online, link(online, "m0@uni.example"))
    assert answer.status_code == 204
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in (f"{COOKIE}=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    headers = {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}
    who = requests.get(f"{online.web}/api/session", headers=headers, timeout=5).json()
    assert who == {"actor": f"member:{member}", "role": "member"}
    assert requests.get(f"{online.web}/api/me/pre-orders", headers=headers, timeout=5).status_code == 200
    assert requests.get(f"{online.web}/api/admin/overview", headers=headers, timeout=5).status_code == 403


def test_a_link_is_good_once(online: World) -> None:
    token = link(online, "new@uni.example")
    assert used(online, token).status_code == 204
    again = used(online, token)
    assert (again.status_code, again.json()["code"]) == (401, "sign_in_refused")


def test_a_link_is_good_for_15_minutes(online: World) -> None:
    token = link(online, "new@uni.example")
    later(online, minutes=16)
    assert used(online, token).status_code == 401


def test_reading_the_page_of_a_link_uses_nothing_up(online: World) -> None:
    token = link(online, "new@uni.example")
    for _ in range(3):
        assert requests.get(f"{online.web}/sign-in", timeout=5).status_code == 200
    assert used(online, token).status_code == 204


def test_known_unknown_and_impossible_addresses_get_the_same_answer(online: World) -> None:
    members(online, 1)
    answers = [
        requests.post(f"{online.web}/api/sign-in/link", json={"email": email}, timeout=10)
        for email in ("m0@uni.example", "nobody@uni.example", "not an address", "m0@uni.example\u200b")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"sent":true}')}


def test_the_mail_goes_to_the_stored_address_and_the_address_waits_sealed(online: World) -> None:
    members(online, 1)
    requests.post(f"{online.web}/api/sign-in/link", json={"email": "M0@UNI.example"}, timeout=10)
    (row,) = online.system.database.all("SELECT sealed FROM vault.sign_in_requests")
    assert b"uni.example" not in bytes(row[0]).lower()
    links.send_links(online.context)
    assert [mail["Recipients"] for mail in online.mails()] == [["m0@uni.example"]]
    assert online.system.database.all("SELECT * FROM vault.sign_in_requests") == []


def test_a_mail_that_could_not_leave_is_sent_later(online: World) -> None:
    online.fault(unavailable=1)
    requests.post(f"{online.web}/api/sign-in/link", json={"email": "new@uni.example"}, timeout=10)
    assert links.send_links(online.context) == 0
    online.system.database.execute("UPDATE vault.sign_in_requests SET not_before = now()")
    assert links.send_links(online.context) == 1
    assert len(online.mails()) == 1


def test_one_address_gets_few_mails_whatever_is_asked_and_emptying_the_queue_forgets_nothing(
    online: World,
) -> None:
    for number in range(8):
        if number == 4:
            online.system.broker.client.flushall()  # pyright: ignore
        answer = requests.post(
            f"{online.web}/api/sign-in/link", json={"email": "new@uni.example"}, timeout=10
        )
        assert answer.status_code == 202
    links.send_links(online.context)
    assert len(online.mails()) == links.PER_ADDRESS


def test_staff_sign_in_with_password_and_code(kim: Person) -> None:
    assert kim.signs_in().status_code == 204
    assert kim.calls("GET", "/api/session").json() == {"actor": f"staff:{kim.id}", "role": "support"}
    assert kim.calls("GET", "/api/admin/overview").status_code == 200
    assert kim.calls("POST", "/api/admin/events", json={}).status_code == 403


@pytest.mark.parametrize(
    "words", [{"password": "something else"}, {"code": "000000"}, {"email": "nobody@staff.example"}]
)
def test_whatever_is_wrong_the_answer_is_the_same(kim: Person, words: dict[str, str]) -> None:
    answer = kim.signs_in(**words)
    assert (answer.status_code, answer.json()["title"]) == (401, "Address, password or code is wrong.")
    assert COOKIE not in answer.cookies


def test_a_code_is_good_once(kim: Person) -> None:
    code = kim.code()
    assert kim.signs_in(code=code).status_code == 204
    assert kim.signs_in(code=code).status_code == 401


def test_a_recovery_code_is_good_once(kim: Person) -> None:
    code = kim.credentials.recovery_codes[0].upper()
    assert kim.signs_in(code=code).status_code == 204
    assert kim.signs_in(code=code).status_code == 401


def test_too_many_attempts_are_stopped_even_with_the_right_password(kim: Person) -> None:
    for _ in range(staff.PER_ACCOUNT):
        assert kim.signs_in(code="000000").status_code == 401
    answer = kim.signs_in(code=kim.credentials.recovery_codes[0])
    assert (answer.status_code, answer.json()["code"]) == (429, "too_often")


def test_a_sign_in_takes_as_long_for_an_address_that_nobody_has(kim: Person) -> None:
    """Not timed: both verify one argon2id hash, which is what takes the time."""
    hashes: list[str] = []
    passwords = kim.here.context.people.staff._passwords
    real = passwords.verify

    def counted(password: str, stored: str) -> bool:
        hashes.append(stored.split("$")[1])
        return bool(real(password, stored))

    passwords.verify = counted
    kim.signs_in(email="nobody@staff.example")
    kim.signs_in(code="000000")
    assert hashes == ["argon2id", "argon2id"]


def test_every_session_ends_when_somebody_is_disabled_or_gets_another_role(kim: Person) -> None:
    by = kim.here.context.by("system:test")
    kim.signs_in()
    staff.change_role(kim.here.context, by, kim.id, "admin")
    assert kim.calls("GET", "/api/session").status_code == 401
    kim.signs_in()
    assert kim.calls("GET", "/api/session").json()["role"] == "admin"
    staff.disable(kim.here.context, kim.here.context.by("system:test"), kim.id, "left the house")
    assert kim.calls("GET", "/api/session").status_code == 401
    assert kim.signs_in(code=kim.credentials.recovery_codes[0]).status_code == 401


def test_an_idle_session_ends_and_so_does_an_old_one(kim: Person) -> None:
    kim.signs_in()
    later(kim.here, minutes=31)
    assert kim.calls("GET", "/api/session").status_code == 401


def test_a_session_is_listed_and_can_be_ended(kim: Person) -> None:
    kim.signs_in()
    first = kim.cookie
    kim.signs_in()
    sessions = kim.calls("GET", "/api/sessions").json()
    assert [one["current"] for one in sessions].count(True) == 1
    other = next(one["sessionId"] for one in sessions if not one["current"])
    assert kim.calls("DELETE", f"/api/sessions/{other}").status_code == 204
    gone = requests.get(f"{kim.here.web}/api/session", headers={"Cookie": f"{COOKIE}={first}"}, timeout=5)
    assert gone.status_code == 401
    ended = kim.calls("DELETE", "/api/sessions/current")
    assert "cookies" in ended.headers["Clear-Site-Data"]
    assert kim.calls("GET", "/api/session").status_code == 401


def test_somebody_else_s_session_can_not_be_ended(online: World, kim: Person) -> None:
    other = Person(online, "lee@staff.example", "support")
    kim.signs_in()
    other.signs_in()
    (session,) = other.calls("GET", "/api/sessions").json()
    assert kim.calls("DELETE", f"/api/sessions/{session['sessionId']}").status_code == 404
    assert other.calls("GET", "/api/session").status_code == 200


def test_a_session_set_before_signing_in_is_not_the_one_after(kim: Person) -> None:
    kim.cookie = "chosen-by-somebody-else-0000000000000000000"
    kim.signs_in()
    assert kim.cookie != "chosen-by-somebody-else-0000000000000000000"
    kept = kim.here.system.database.all("SELECT token_hash FROM app.sessions")
    assert all(kim.cookie.encode() not in bytes(row[0]) for row in kept)


def test_what_is_dangerous_wants_password_and_code_once_more(kim: Person) -> None:
    kim.signs_in()
    later(kim.here, minutes=6)
    path = "/api/admin/events/00000000-0000-4000-8000-00000000dead/refunds/hold"
    refused = kim.calls("PUT", path, json={"held": True, "reason": "wait"})
    assert (refused.status_code, refused.json()["code"]) == (409, "confirm_first")
    words = {"password": PASSWORD, "code": kim.credentials.recovery_codes[0]}
    assert kim.calls("POST", "/api/session/confirm", json=words).status_code == 204
    assert kim.calls("PUT", path, json={"held": True, "reason": "wait"}).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_changes_nothing(kim: Person, headers: dict[str, str]) -> None:
    kim.signs_in()
    answer = kim.calls("DELETE", "/api/sessions/current", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
    assert kim.calls("GET", "/api/session").status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_pages_do(kim: Person, site: str) -> None:
    kim.signs_in()
    answer = kim.calls("DELETE", "/api/sessions/current", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 204


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


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 7.7.7.7, 9.9.9.9", "7.7.7.7"),
        (2, "9.9.9.9", "127.0.0.1"),
    ],
)
def test_of_a_forwarded_address_only_what_our_own_proxies_added_is_believed(
    online: World, kim: Person, proxies: int, forwarded: str, believed: str
) -> None:
    online.system.settings.trusted_proxies = proxies
    kim.signs_in()
    headers = {"X-Forwarded-For": forwarded}
    path = "/api/admin/events/00000000-0000-4000-8000-00000000dead/refunds/hold"
    kim.calls("PUT", path, json={"held": True, "reason": "wait"}, headers=headers)
    ids = [
        row[0]
        for row in online.system.database.all("SELECT command_id::text FROM vault.requests WHERE role <> ''")
    ]
    kept = Requests(online.system.database, LiveKeys(online.system.settings.keys_path)).of(ids)
    assert {origin.ip for origin in kept.values()} == {believed}
