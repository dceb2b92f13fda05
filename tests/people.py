"""People at browsers for tests over HTTP: staff with an authenticator app, members with a link from a mail."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import requests

from harrystix.adapters.web.access import COOKIE
from harrystix.application.handlers import sign_in as links
from harrystix.application.handlers import staff
from tests.world import World

PASSWORD = "a long night out"


class Person:
    """A member of staff at a browser, with an authenticator app."""

    def __init__(self, here: World, email: str, role: str) -> None:
        self.here, self.email = here, email
        by = here.context.by("system:test")
        self.id, self.credentials = staff.create(
            here.context, by, email=email, name="Kim", role=role, password=PASSWORD
        )
        self.uri = self.credentials.uri
        self.cookie = ""

    @classmethod
    def of(cls, here: World, email: str, staff_id: str, uri: str) -> "Person":
        """Somebody who was made by others."""
        made = cls.__new__(cls)
        made.here, made.email, made.id, made.uri, made.cookie = here, email, staff_id, uri, ""
        return made

    @classmethod
    def at_work(cls, here: World, role: str, name: str = "") -> "Person":
        """Somebody who has signed in a moment ago; how that goes has tests of its own."""
        made = cls(here, f"{name or role}@staff.example", role)
        made.cookie = staff.let_in(here.context, lambda _: None, made.id, "totp", "a browser")
        return made

    def code(self) -> str:
        """That of now, as if none had been used: a test may sign in more often than a person."""
        self.here.system.database.execute(
            "UPDATE vault.staff SET last_step = 0 WHERE staff_id = %s", (self.id,)
        )
        app: Any = pyotp.parse_uri(self.uri)
        return str(app.at(int(self.here.context.clock.now().timestamp())))

    def signs_in(self, **words: str) -> requests.Response:
        body = {"email": self.email, "password": PASSWORD, **words}
        body.setdefault("code", "" if "code" in words else self.code())
        answer = requests.post(f"{self.here.web}/api/sign-in/staff", json=body, timeout=10)
        self.cookie = answer.cookies.get(COOKIE) or self.cookie
        return answer

    def calls(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "Idempotency-Key": "k", **more.pop("headers", {})}
        return requests.request(method, f"{self.here.web}{path}", headers=headers, timeout=10, **more)


def link(online: World, email: str) -> str:
    """What stands in the mail."""
    requests.post(f"{online.web}/api/sign-in/link", json={"email": email}, timeout=10).raise_for_status()
    return mailed_link(online, email)


def mailed_link(online: World, email: str) -> str:
    """The latest one that somebody asked for."""
    links.send_links(online.context)
    mail = next(mail for mail in online.mails() if email.lower() in str(mail["Recipients"]).lower())
    text = requests.get(f"{online.sandbox}message/{mail['MessageID']}", timeout=5).text
    found = re.search(r"/sign-in#([\w-]+)", text)
    assert found
    return found[1]


def used(online: World, token: str) -> requests.Response:
    return requests.post(f"{online.web}/api/sign-in/use", json={"token": token}, timeout=10)


def later(here: World, **by: float) -> None:
    """The clock stands at that much later."""
    now = here.context.clock.now() + timedelta(**by)

    class Then:
        def now(self) -> Any:
            return now

    object.__setattr__(here.context, "clock", Then())
