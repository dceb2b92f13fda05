"""A system that really runs, and the means to search everything that it keeps and says for planted words."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pyotp
import redis
import requests

from harrystix.adapters.backup.dump import connection_words, program
from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.embedded.valkey import Valkey
from harrystix.adapters.web.access import COOKIE
from tests.processes import Up

NAME, MAIL = "Zebedee Quixotic", "zebedee.quixotic.4711@canary.example"
GATE, PASSWORD = "gate-9313@canary.example", "Xyl0ph0ne-Qu4rtz-88"
PLACE, AGENT = "203.0.113.77", "CanaryBrowser/73.19"
# A device that wants to be told, behind a push service that never answers.
DEVICE, PUSH = "device-8821-of-the-canary", "127.0.0.1:9"
CRASH = "mail.after_send_before_record"
WORDS = {
    "name": NAME,
    "mail": MAIL,
    "gate": GATE,
    "password": PASSWORD,
    "place": PLACE,
    "agent": AGENT,
    "device": DEVICE,
}


def forms(word: str) -> set[bytes]:
    """Raw, lower case, hex, URL-encoded, and base64 wherever in a longer text it begins."""
    raw = word.encode()
    found = {raw, raw.lower(), raw.hex().encode(), quote(word, safe="").encode()}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw)
        # Without the ends that depend on what stands beside it.
        found.add(whole[(shift * 8 + 5) // 6 : len(whole) - 4])
    return found


def sightings(content: bytes) -> set[str]:
    return {name for name, word in WORDS.items() if any(form in content for form in forms(word))}


class House:
    """A system that really runs, with people who call it; everything that it answers is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "HARRYSTIX_DEMO": "false",
            "HARRYSTIX_TRUSTED_PROXIES": "1",
            "HARRYSTIX_SANDBOX_WEBHOOK_DELAY": "0.2",
            "HARRYSTIX_CRASH_AT": CRASH,
            "HARRYSTIX_MAIL_LEASE": "5",
            "HARRYSTIX_SWEEP_SECONDS": "1",
            "HARRYSTIX_PUSH_HOSTS": PUSH,
        }
        self.sandbox = ""
        self.up = Up(folder, more=self.environment)
        (self.sandbox,) = re.findall(r"Mails that would be sent: (\S+)", self.up.started())
        self.web = f"http://127.0.0.1:{self.up.port}"
        self.answers: list[tuple[str, bytes]] = []
        self.postgres = Postgres(folder / "postgres")
        self.postgres.port = int(self.sql("SELECT current_setting('port')")[0][0])

    def cli(self, *words: str, at_most: int = 0, given: str = "") -> Any:
        command = [sys.executable, "-m", "harrystix", *words]
        environment = {
            **os.environ,
            "HARRYSTIX_DATA_DIR": str(self.folder),
            "DATABASE_URL": "",
            "REDIS_URL": "",
        }
        done = subprocess.run(
            command, env=environment, input=given, capture_output=True, text=True, check=False
        )
        assert done.returncode <= at_most, done.stderr
        self.answers.append((" ".join(words[:2]), done.stdout.encode() + done.stderr.encode()))
        return json.loads(done.stdout)

    def key(self, role: str) -> str:
        return str(self.cli("api-key", "create", "--role", role, "--json")["key"])

    def call(
        self, method: str, path: str, key: str = "", *, cookie: str = "", **more: Any
    ) -> requests.Response:
        headers = {
            "Idempotency-Key": str(uuid4()),
            "X-Forwarded-For": PLACE,
            "User-Agent": AGENT,
            **({"Authorization": f"Bearer {key}"} if key else {}),
            **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {}),
            **more.pop("headers", {}),
        }
        answer = requests.request(method, f"{self.web}{path}", headers=headers, timeout=30, **more)
        self.answers.append((f"{method} {path}", answer.content + repr(answer.headers).encode()))
        return answer

    def at_work(self, role: str) -> str:
        """The cookie of somebody of the staff who has just signed in."""
        email, password = f"{role}@staff.example", "a long night out"
        words = ("--email", email, "--name", "Kim", "--role", role, "--password-stdin", "--json")
        made = self.cli("staff", "create", *words, given=password)
        app: Any = pyotp.parse_uri(made["uri"])
        body = {"email": email, "password": password, "code": app.now()}
        return str(self.call("POST", "/api/sign-in/staff", json=body).cookies[COOKIE])

    @contextmanager
    def mails_fail_in_the_worker(self) -> Generator[None]:
        """As a violated constraint does, which names the row's words in its detail. Written backwards here, because
        the function's own text is on the disk as well."""
        self.sql(
            "CREATE FUNCTION app.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE unique_violation "
            f"USING MESSAGE = 'duplicate key', DETAIL = reverse('{MAIL[::-1]} {PASSWORD[::-1]}'); END $$"
        )
        self.sql(
            "CREATE TRIGGER fail BEFORE UPDATE ON reporting.due_work FOR EACH ROW WHEN (NEW.kind = 'mail') "
            "EXECUTE FUNCTION app.fail()"
        )
        yield
        self.sql("DROP TRIGGER fail ON reporting.due_work")
        self.sql("DROP FUNCTION app.fail()")

    def wait_for_a_dead_letter(self) -> None:
        server = Valkey(self.folder / "valkey")
        ((server.port,),) = [
            (int(found[1]),) for found in re.finditer(r"port=(\d+)", server.log.read_text())
        ][-1:]
        client: Any = redis.Redis.from_url(server.url)  # pyright: ignore[reportUnknownMemberType]
        deadline = time.monotonic() + 60
        while not client.zcard("dramatiq:mail.XQ"):
            assert time.monotonic() < deadline, client.keys()
            time.sleep(0.1)
        client.close()

    def sql(self, query: Any, *params: Any) -> list[tuple[Any, ...]]:
        server = Postgres(self.folder / "postgres")
        line = (self.folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
        server.port = int(line[3])
        with psycopg.connect(server.url, autocommit=True) as connection:
            found = connection.execute(query, params)
            return found.fetchall() if found.description else []

    def wait(self, query: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not self.sql(query)[0][0]:
            assert time.monotonic() < deadline, query
            time.sleep(0.1)

    def fault(self, **faults: Any) -> None:
        requests.put(f"{self.sandbox}sandbox/faults", json=faults, timeout=10).raise_for_status()

    def dump(self) -> bytes:
        words, environment = connection_words(self.postgres.url)
        done = subprocess.run(
            [program("pg_dump"), *words, "--inserts"], env=environment, capture_output=True, check=True
        )
        # Sealed bytes are random, and text in bytea columns shows as hex.
        return done.stdout

    def files(self) -> dict[str, bytes]:
        """Everything on the disk but what the sandbox has taken over as somebody else, and our own keys."""
        self.sql("CHECKPOINT")
        found: dict[str, bytes] = {}
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            if path.is_file() and relative.parts[0] != "sandbox" and path.suffix != ".pid":
                try:
                    found[str(relative)] = path.read_bytes()
                except OSError:
                    continue
        return found

    def mails(self) -> bytes:
        """What the mail provider has, as it stands in its files."""
        return b"".join(path.read_bytes() for path in sorted((self.folder / "sandbox").glob("outbox*")))
