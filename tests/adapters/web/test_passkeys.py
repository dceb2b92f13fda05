"""Passkeys over HTTP, with an authenticator of software: made, used, and everything that must be refused."""

from typing import Any

import pytest
import requests

from harrystix.adapters.web.access import COOKIE
from harrystix.adapters.web.api.identity import CEREMONY
from tests.authenticator import BE, BS, UP, UV, SoftAuthenticator
from tests.money import members
from tests.people import Person, later, link, used
from tests.world import World

ORIGIN = "http://localhost:8080"


@pytest.fixture
def kim(online: World) -> Person:
    made = Person(online, "kim@staff.example", "support")
    made.signs_in()
    return made


def begun(answer: requests.Response) -> tuple[dict[str, Any], str]:
    assert answer.status_code == 200, answer.text
    return answer.json()["options"], str(answer.cookies[CEREMONY])


def registered(person: Person, device: SoftAuthenticator, **lie: Any) -> requests.Response:
    options, ceremony = begun(person.calls("POST", "/api/session/passkey-options"))
    cookie = f"{COOKIE}={person.cookie}; {CEREMONY}={ceremony}"
    body = {"answer": device.create(options, **lie)}
    return person.calls("POST", "/api/passkeys", json=body, headers={"Cookie": cookie})


def signed_in(online: World, device: SoftAuthenticator, **lie: Any) -> requests.Response:
    options, ceremony = begun(requests.post(f"{online.web}/api/sign-in/passkey/options", timeout=5))
    assert "allowCredentials" not in options or options["allowCredentials"] == []
    return answered(online, {"answer": device.get(options, **lie)}, ceremony)


def answered(online: World, body: dict[str, Any], ceremony: str) -> requests.Response:
    headers = {"Cookie": f"{CEREMONY}={ceremony}"}
    return requests.post(f"{online.web}/api/sign-in/passkey", json=body, headers=headers, timeout=5)


def test_somebody_of_the_staff_makes_a_passkey_and_signs_in_with_it_alone(online: World, kim: Person) -> None:
    device = SoftAuthenticator(ORIGIN)
    assert registered(kim, device).status_code == 201
    for _ in range(2):
        answer = signed_in(online, device)
        assert answer.status_code == 204
        kim.cookie = str(answer.cookies[COOKIE])
        assert kim.calls("GET", "/api/session").json() == {"actor": f"staff:{kim.id}", "role": "support"}
    (known,) = kim.calls("GET", "/api/passkeys").json()
    assert known["usedAt"] and known["synced"] is False


def test_a_member_does_too(online: World) -> None:
    members(online, 1)
    cookie = str(used(online, link(online, "m0@uni.example")).cookies[COOKIE])
    member = Person.of(online, "m0@uni.example", "", "")
    member.cookie = cookie
    device = SoftAuthenticator(ORIGIN, flags=UP | UV | BE | BS, counts=False)
    assert registered(member, device).status_code == 201
    for _ in range(2):
        assert signed_in(online, device).status_code == 204


@pytest.mark.parametrize(
    "lie",
    [
        {"client": {"origin": "http://localhost:8081"}},
        {"client": {"origin": "http://evil.example"}},
        {"client": {"challenge": "AAAA"}},
        {"client": {"crossOrigin": True}},
        {"client": {"type": "webauthn.get"}},
        {"rp_id": "evil.example"},
        {"flags": UP},
        {"flags": UV},
        {"fmt": "packed"},
    ],
    ids=str,
)
def test_a_false_registration_is_refused(kim: Person, lie: dict[str, Any]) -> None:
    assert registered(kim, SoftAuthenticator(ORIGIN), **lie).status_code == 401
    assert kim.calls("GET", "/api/passkeys").json() == []


@pytest.mark.parametrize(
    "lie",
    [
        {"client": {"origin": "http://evil.example"}},
        {"client": {"challenge": "AAAA"}},
        {"client": {"crossOrigin": True}},
        {"client": {"type": "webauthn.create"}},
        {"rp_id": "evil.example"},
        {"flags": UP},
        {"count": 0},
        {"count": 1},
        {"handle": None},
        {"handle": b"s" + bytes(16)},
        {"key": SoftAuthenticator(ORIGIN).key},
        {"flags": UP | UV | BE},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_a_false_answer_signs_nobody_in(online: World, kim: Person, lie: dict[str, Any]) -> None:
    device = SoftAuthenticator(ORIGIN)
    registered(kim, device)
    answer = signed_in(online, device, **lie)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize("rubbish", [{}, {"id": "x"}, {"id": 5, "rawId": None, "response": []}])
def test_rubbish_signs_nobody_in(online: World, rubbish: dict[str, Any]) -> None:
    _, ceremony = begun(requests.post(f"{online.web}/api/sign-in/passkey/options", timeout=5))
    assert answered(online, {"answer": rubbish}, ceremony).status_code == 401


def test_an_answer_is_good_once_and_in_its_own_browser(online: World, kim: Person) -> None:
    device = SoftAuthenticator(ORIGIN, counts=False)
    registered(kim, device)
    options, ceremony = begun(requests.post(f"{online.web}/api/sign-in/passkey/options", timeout=5))
    body = {"answer": device.get(options)}
    _, other = begun(requests.post(f"{online.web}/api/sign-in/passkey/options", timeout=5))
    assert answered(online, body, other).status_code == 401
    assert answered(online, body, "").status_code == 401
    assert answered(online, body, ceremony).status_code == 204
    assert answered(online, body, ceremony).status_code == 401


def test_a_ceremony_ends_after_ten_minutes(online: World, kim: Person) -> None:
    device = SoftAuthenticator(ORIGIN)
    registered(kim, device)
    options, ceremony = begun(requests.post(f"{online.web}/api/sign-in/passkey/options", timeout=5))
    later(online, minutes=11)
    assert answered(online, {"answer": device.get(options)}, ceremony).status_code == 401


def test_a_passkey_confirms_what_is_dangerous_but_not_for_somebody_else(online: World, kim: Person) -> None:
    device, foreign = SoftAuthenticator(ORIGIN), SoftAuthenticator(ORIGIN)
    registered(kim, device)
    lee = Person(online, "lee@staff.example", "support")
    lee.signs_in()
    registered(lee, foreign)
    later(online, minutes=6)
    assert kim.calls("POST", "/api/session/passkey-options").json()["code"] == "confirm_first"
    for asked, status in ((foreign, 401), (device, 204)):
        options, ceremony = begun(requests.post(f"{online.web}/api/sign-in/passkey/options", timeout=5))
        cookie = f"{COOKIE}={kim.cookie}; {CEREMONY}={ceremony}"
        body = {"answer": asked.get(options)}
        answer = kim.calls("POST", "/api/session/confirm/passkey", json=body, headers={"Cookie": cookie})
        assert answer.status_code == status
    assert kim.calls("POST", "/api/session/passkey-options").status_code == 200


def test_who_is_disabled_does_not_get_in_and_a_removed_passkey_is_no_good(online: World, kim: Person) -> None:
    from harrystix.application.handlers import staff

    device = SoftAuthenticator(ORIGIN)
    registered(kim, device)
    lee = Person(online, "lee@staff.example", "support")
    lee.signs_in()
    (mine,) = kim.calls("GET", "/api/passkeys").json()
    assert lee.calls("DELETE", f"/api/passkeys/{mine['id']}").status_code == 404
    staff.disable(online.context, online.context.by("system:test"), kim.id, "left")
    assert signed_in(online, device).status_code == 401
    staff.enable(online.context, online.context.by("system:test"), kim.id)
    kim.cookie = str(signed_in(online, device).cookies[COOKIE])
    assert kim.calls("DELETE", f"/api/passkeys/{mine['id']}").status_code == 204
    assert signed_in(online, device).status_code == 401


def test_the_same_passkey_is_not_kept_twice(online: World, kim: Person) -> None:
    device = SoftAuthenticator(ORIGIN)
    assert [registered(kim, device).status_code for _ in range(2)] == [201, 409]


def test_a_key_has_no_passkeys(online: World) -> None:
    assert online.call("POST", "/api/session/passkey-options", online.key("support")).status_code == 422


def test_a_reset_of_credentials_takes_passkeys_away(online: World, kim: Person) -> None:
    from harrystix.application.handlers import staff
    from tests.people import PASSWORD

    device = SoftAuthenticator(ORIGIN)
    registered(kim, device)
    staff.reset(online.context, online.context.by("system:test"), kim.id, kim.email, PASSWORD)
    assert signed_in(online, device).status_code == 401
