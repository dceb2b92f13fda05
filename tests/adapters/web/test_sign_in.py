"""Signing in over HTTP: links by mail, passwords with codes, sessions, and what another site can't do."""

import pytest
import requests

from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.requests import Requests
from harrystix.adapters.web.access import COOKIE
from harrystix.application.handlers import sign_in as links
from tests.money import members
from tests.people import Person, later, link, used
from tests.world import World


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


def asked(online: World, email: str) -> requests.Response:
    return requests.post(f"{online.web}/api/sign-in/link", json={"email": email}, timeout=10)


def test_known_and_unknown_addresses_get_the_same_answer(online: World) -> None:
    members(online, 1)
    answers = [asked(online, email) for email in ("m0@uni.example", "nobody@uni.example")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, '{"sent":true}')}


@pytest.mark.parametrize(
    "email",
    [
        "not an address",
        "m0@uni.example\u200b",
        "v1@a.example,v2@b.example",
        "mailto:m0@uni.example",
        "m0@uni",
    ],
)
def test_what_is_not_one_mailbox_is_said_to_be_none_and_gets_no_mail(online: World, email: str) -> None:
    answer = asked(online, email)
    assert (answer.status_code, answer.json()["field"]) == (422, "email")
    assert email not in answer.text
    links.send_links(online.context)
    assert online.mails() == []


def test_every_spelling_of_a_mailbox_counts_as_one(online: World) -> None:
    spellings = [
        "uni.example",
        "UNI.example",
        "uni.example.",
        "\uff55\uff4e\uff49.example",
        "uni\u3002example",
    ]
    for host in spellings * 2:
        assert asked(online, f"New@{host}").status_code == 202
    links.send_links(online.context)
    assert [mail["Recipients"] for mail in online.mails()] == [["New@uni.example"]] * links.PER_ADDRESS


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
    assert online.context.outages.current() == [], "one mail that was not taken may be that mail's fault"
    online.system.database.execute("UPDATE vault.sign_in_requests SET not_before = now()")
    assert links.send_links(online.context) == 1
    assert len(online.mails()) == 1
    assert online.context.outages.current() == []


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


def test_a_provider_that_takes_no_link_rests_and_no_request_is_lost(online: World) -> None:
    online.fault(unavailable=2)
    for number in range(3):
        asked(online, f"new{number}@uni.example")
    assert links.send_links(online.context) == 0
    online.system.database.execute("UPDATE vault.sign_in_requests SET not_before = now()")
    assert links.send_links(online.context) == 0, "the provider rests"
    assert [one.name for one in online.context.outages.current()] == ["postmark"]
    online.system.database.execute("UPDATE vault.sign_in_requests SET not_before = now()")
    online.system.database.execute("UPDATE app.outages SET next_try_at = now()")
    assert links.send_links(online.context) == 3
    assert online.context.outages.current() == []
    assert online.context.failures.parked(9) == []
