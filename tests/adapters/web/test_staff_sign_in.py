"""Staff sign in over HTTP: password and code, sessions, and proving it once more."""

import pytest
import requests

from harrystix.adapters.web.access import COOKIE
from harrystix.application.handlers import staff
from tests.people import PASSWORD, Person, later
from tests.world import World


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


def test_no_spelling_of_an_address_gives_more_tries(kim: Person) -> None:
    spellings = [
        "staff.example",
        "STAFF.example",
        "staff.example.",
        "\uff53taff.example",
        "staff\u3002example",
    ]
    for number in range(staff.PER_ACCOUNT):
        email = f"{kim.email.partition('@')[0]}@{spellings[number % len(spellings)]}"
        assert kim.signs_in(code="000000", email=email).status_code == 401
    assert kim.signs_in(email=kim.email.upper()).status_code == 429


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


# Not a digit of ASCII among them: accents, Arabic, full width, mathematical, NUL; and none at all.
ODD_CODES = ["\u00e9" * 6, "\u0661" * 6, "\uff11" * 6, "\U0001d7d9" * 6, "\0", ""]


def told(answer: requests.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["title"], answer.json()["code"]


@pytest.mark.parametrize("code", ODD_CODES, ids=ascii)
def test_no_code_tells_whether_the_password_was_right(kim: Person, code: str) -> None:
    right, wrong = (kim.signs_in(code=code, password=password) for password in (PASSWORD, "something else"))
    assert told(right) == told(wrong)
    assert right.status_code in {401, 422}


@pytest.mark.parametrize("code", ODD_CODES, ids=ascii)
def test_no_code_tells_it_to_who_confirms(kim: Person, code: str) -> None:
    kim.signs_in()
    right, wrong = (
        kim.calls("POST", "/api/session/confirm", json={"password": password, "code": code})
        for password in (PASSWORD, "something else")
    )
    assert told(right) == told(wrong)
    assert right.status_code in {401, 422}


@pytest.mark.parametrize("path", ["sign-in/staff", "sign-in/use", "sign-in/link", "session/confirm"])
def test_half_a_letter_is_a_wrong_word_and_no_fault_of_ours(kim: Person, path: str) -> None:
    kim.signs_in()
    half = '"\\ud800"'
    body = f'{{"email": {half}, "password": {half}, "code": {half}, "token": {half}}}'
    answer = kim.calls("POST", f"/api/{path}", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {401, 422}, answer.text
