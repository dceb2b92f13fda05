"""Staff sign in over an identity provider that really runs: the whole way, and every false token that there is."""

import hmac
import json
import socket
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from harrystix.adapters.identity.oidc import Provider
from harrystix.adapters.web.access import COOKIE
from harrystix.adapters.web.api.identity import CEREMONY
from harrystix.application.identity_ports import IdentityRefused
from tests.identity_provider import Idp, Lie, running
from tests.people import Person, later
from tests.world import Servers, World, world


@pytest.fixture(scope="module")
def server() -> Generator[Idp]:
    with running() as made:
        made.user("kim", email="kim@staff.example", email_verified=True)
        made.user("unvouched", email="kim@staff.example", email_verified=False)
        made.user("stranger", email="stranger@else.example", email_verified=True)
        yield made


@pytest.fixture
def idp(server: Idp) -> Idp:
    server.lie = server.jwks = None
    return server


@pytest.fixture
def house(servers: Servers, tmp_path: Path, idp: Idp) -> Generator[World]:
    with world(
        servers,
        tmp_path,
        web=True,
        oidc_issuer=idp.issuer,
        oidc_client_id="harrystix",
        oidc_client_secret="a secret",
    ) as made:
        yield made


@pytest.fixture
def kim(house: World) -> Person:
    return Person(house, "kim@staff.example", "support")


def begun(house: World, *, again: bool = False) -> tuple[str, str]:
    """(the provider's page, the ceremony)."""
    answer = requests.get(
        f"{house.web}/api/sign-in/provider", params={"again": again}, allow_redirects=False, timeout=5
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"], str(answer.cookies[CEREMONY])


def back(house: World, query: dict[str, str], ceremony: str, session: str = "") -> requests.Response:
    cookies = f"{CEREMONY}={ceremony}" + (f"; {COOKIE}={session}" if session else "")
    return requests.get(
        f"{house.web}/api/sign-in/provider/back?{urlencode(query)}",
        headers={"Cookie": cookies},
        allow_redirects=False,
        timeout=5,
    )


def signed_in(house: World, idp: Idp, sub: str = "kim") -> requests.Response:
    url, ceremony = begun(house)
    return back(house, idp.login(url, sub), ceremony)


def test_whom_the_provider_vouches_for_and_the_owner_knows_gets_in(
    house: World, idp: Idp, kim: Person
) -> None:
    for _ in range(2):
        answer = signed_in(house, idp)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        kim.cookie = str(answer.cookies[COOKIE])
        assert kim.calls("GET", "/api/session").json()["actor"] == f"staff:{kim.id}"
    house.follow()
    told = house.system.database.all(
        "SELECT details->>'how' FROM reporting.assignment_logs WHERE action = 'StaffMember.SignedIn'"
    )
    assert told == [("provider",), ("provider",)]


@pytest.mark.parametrize(
    ("wish", "there"),
    [
        ("/admin/orders?status=used", "/admin/orders?status=used"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
    ],
)
def test_who_was_on_the_way_somewhere_in_this_house_comes_there(
    house: World, idp: Idp, kim: Person, wish: str, there: str
) -> None:
    asks = {"next": wish}
    page = requests.get(f"{house.web}/sign-in", params=asks, timeout=5).text
    assert kim and f'href="/api/sign-in/provider?next={quote(there, safe="/")}"' in page
    begins = requests.get(f"{house.web}/api/sign-in/provider", params=asks, allow_redirects=False, timeout=5)
    answer = back(house, idp.login(begins.headers["Location"], "kim"), str(begins.cookies[CEREMONY]))
    assert (answer.status_code, answer.headers["Location"]) == (303, there)


@pytest.mark.parametrize("sub", ["stranger", "unvouched"])
def test_whom_nobody_knows_or_nobody_vouches_for_does_not(
    house: World, idp: Idp, kim: Person, sub: str
) -> None:
    answer = signed_in(house, idp, sub)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")


def test_who_is_disabled_does_not_get_in(house: World, idp: Idp, kim: Person) -> None:
    from harrystix.application.handlers import staff

    staff.disable(house.context, house.context.by("system:test"), kim.id, "left")
    assert signed_in(house, idp).status_code == 401


def test_the_way_back_is_good_once_in_the_same_browser_and_for_ten_minutes(
    house: World, idp: Idp, kim: Person
) -> None:
    url, ceremony = begun(house)
    query = idp.login(url, "kim")
    _, other = begun(house)
    assert back(house, query, other).status_code == 401
    assert back(house, query, "").status_code == 401
    assert back(house, query, ceremony).status_code == 303
    assert back(house, query, ceremony).status_code == 401
    url, ceremony = begun(house)
    query = idp.login(url, "kim")
    later(house, minutes=11)
    assert back(house, query, ceremony).status_code == 401


@pytest.mark.parametrize(
    "change", [{"state": "x" * 43}, {"state": "ü"}, {"code": "x"}, {"iss": "https://evil.example"}], ids=str
)
def test_a_changed_way_back_is_refused(house: World, idp: Idp, kim: Person, change: dict[str, str]) -> None:
    url, ceremony = begun(house)
    assert back(house, idp.login(url, "kim") | change, ceremony).status_code == 401


def test_a_refusal_there_and_a_doubled_parameter_are_refused_here(house: World, kim: Person) -> None:
    _, ceremony = begun(house)
    assert back(house, {"error": "access_denied", "state": "x"}, ceremony).status_code == 401
    doubled = f"{house.web}/api/sign-in/provider/back?code=a&code=b"
    assert requests.get(doubled, timeout=5).status_code == 400


def part(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(header: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    return jwt.encode({**header, "alg": "RS256"}, claims, key)


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


def by_shared_secret(header: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    """The public key taken for a shared secret."""
    text = f"{part({**header, 'alg': 'HS256'})}.{part(claims)}"
    mark = hmac.digest(key.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def foreign_claims(header: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    first, _, last = signed(header, claims, key).split(".")
    return f"{first}.{part({**claims, 'sub': 'root'})}.{last}"


LIES: dict[str, Lie] = {
    "expired": lambda h, c, k: signed(h, {**c, "exp": int(time.time()) - 120}, k),
    "no end": lambda h, c, k: signed(h, without(c, "exp"), k),
    "an end as text": lambda h, c, k: signed(h, {**c, "exp": "9999999999"}, k),
    "foreign audience": lambda h, c, k: signed(h, {**c, "aud": ["other"]}, k),
    "foreign audience, we authorised": lambda h, c, k: signed(
        h, {**c, "aud": ["other"], "azp": "harrystix"}, k
    ),
    "two audiences": lambda h, c, k: signed(h, {**c, "aud": ["harrystix", "other"]}, k),
    "foreign party": lambda h, c, k: signed(h, {**c, "azp": "other"}, k),
    "foreign issuer": lambda h, c, k: signed(h, {**c, "iss": "https://evil.example"}, k),
    "no nonce": lambda h, c, k: signed(h, without(c, "nonce"), k),
    "foreign nonce": lambda h, c, k: signed(h, {**c, "nonce": "x"}, k),
    "not signed": lambda h, c, k: f"{part({**h, 'alg': 'none'})}.{part(c)}.",
    "shared secret": by_shared_secret,
    "another key": lambda h, c, k: jwt.encode(h, c, RSAKey.generate_key(2048, {"kid": h.get("kid", "k")})),
    "unknown key": lambda h, c, k: jwt.encode({**h, "kid": "other"}, c, k),
    "changed claims": foreign_claims,
    "rubbish": lambda h, c, k: "a.b",
    "a number": lambda h, c, k: 17,
    "nothing": lambda h, c, k: None,
}


@pytest.mark.parametrize("name", LIES)
def test_a_false_token_lets_nobody_in(house: World, idp: Idp, kim: Person, name: str) -> None:
    idp.lie = LIES[name]
    answer = signed_in(house, idp)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert COOKIE not in answer.cookies


def test_new_keys_of_the_provider_are_fetched(house: World, idp: Idp, kim: Person) -> None:
    assert signed_in(house, idp).status_code == 303
    new = RSAKey.generate_key(2048, {"kid": "new"})
    idp.jwks = {"keys": [new.as_dict(private=False)]}
    idp.lie = lambda h, c, k: jwt.encode({"alg": "RS256", "kid": "new"}, c, new)
    assert signed_in(house, idp).status_code == 303


def test_the_provider_proves_again_who_it_is_before_something_dangerous(
    house: World, idp: Idp, kim: Person
) -> None:
    kim.signs_in()
    later(house, minutes=6)
    path = "/api/admin/members/find"
    assert kim.calls("POST", path, json={"email": "x@y.example"}).json()["code"] == "confirm_first"
    url, ceremony = begun(house, again=True)
    assert "prompt=login" in url and "max_age=0" in url
    idp.lie = lambda h, c, k: signed(h, {**c, "auth_time": int(time.time()) - 3600}, k)
    assert back(house, idp.login(url, "kim"), ceremony, kim.cookie).status_code == 401
    url, ceremony = begun(house, again=True)
    now = int(house.context.clock.now().timestamp())
    idp.lie = lambda h, c, k: signed(h, {**c, "auth_time": now, "exp": now + 60}, k)
    assert back(house, idp.login(url, "kim"), ceremony, kim.cookie).status_code == 303
    assert kim.calls("POST", path, json={"email": "x@y.example"}).status_code == 404


def test_without_a_provider_there_is_nowhere_to_go(online: World) -> None:
    answer = requests.get(f"{online.web}/api/sign-in/provider", allow_redirects=False, timeout=5)
    assert answer.status_code == 404


def test_an_address_that_is_somebody_elses_by_now_does_not_lead_to_who_had_it(
    house: World, idp: Idp, kim: Person
) -> None:
    assert signed_in(house, idp).status_code == 303
    idp.user("new-kim", email="kim@staff.example", email_verified=True)
    assert signed_in(house, idp, "new-kim").status_code == 401


def test_a_provider_that_is_away_is_not_asked_by_everybody(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{closed.getsockname()[1]}"
    provider = Provider(issuer, "harrystix", "a secret", "http://127.0.0.1/back")
    with pytest.raises(IdentityRefused, match="ConnectionError"):
        provider.begin()
    with pytest.raises(IdentityRefused, match="a moment ago"):
        provider.begin()


def test_ceremonies_are_not_begun_without_end(house: World, kim: Person) -> None:
    url = f"{house.web}/api/sign-in/passkey/options"
    found = [requests.post(url, timeout=5).status_code for _ in range(102)]
    assert found == [200] * 100 + [429] * 2
