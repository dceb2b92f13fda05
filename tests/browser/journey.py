"""A running `up` as the journeys use it: its commands, its interface, its sandboxes, and windows of people."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from tests.browser.conftest import Opened, Watched
from tests.browser.line import Line
from tests.processes import Up


@dataclass
class House:
    """A running `up`, reached over `line`: `key` is the demo's admin key."""

    up: Up
    line: Line
    folder: Path
    address: str
    sandbox: str
    key: str

    def cli(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "harrystix", *words],
            env=self.up.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def api(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid4())}
        answer = requests.request(method, f"{self.address}{path}", headers=headers, timeout=20, **more)
        answer.raise_for_status()
        return answer.json()

    def event(self, code: str, *variants: str) -> str:
        """One far enough ahead for a Tuesday to come before it, with nobody in its queue."""
        starts = (datetime.now(UTC) + timedelta(days=15)).isoformat()
        words = {"name": f"{code.title()} Night", "code": code, "startsAt": starts, "priceMinor": 1500}
        named = [{"name": name} for name in variants]
        return str(self.api("POST", "/api/admin/events", json={**words, "variants": named})["id"])

    def paid(self, code: str, email: str, variant: str = "") -> None:
        """Somebody who has paid elsewhere."""
        row = f"{code.upper()},{variant},Somebody,{email},2026-11-17T19:00:00Z,pi_{code}"
        file = f"Event,Variant,Member,Email,Paid at,Payment intent\n{row}"
        self.api("POST", "/api/admin/orders/import", files={"file": ("a.csv", file.encode(), "text/csv")})

    def faults(self, **values: Any) -> None:
        """What goes wrong at the sandbox for mails from now on."""
        requests.put(f"{self.sandbox}sandbox/faults", json=values, timeout=5).raise_for_status()

    def ticket(self, opened: Opened, code: str, variant: str = "") -> Watched:
        """An owner uploads one ticket, and watches what becomes of it."""
        window = self.owner(opened)
        page = window.page
        page.goto(f"{self.address}/admin/uploads/new")
        rows = (
            f"Event,Variant,Email,Password\n{code.title()} Night,{variant},{code}@tickets.example,pw-{code}"
        )
        file: Any = {"name": f"{code}.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        page.get_by_role("link", name="Go on with 1 ticket").click()
        page.get_by_role("button", name="Add 1 ticket").click()
        page.wait_for_url("**/progress")
        return window

    def owner(self, opened: Opened, email: str = "demo@staff.example") -> Watched:
        link = self.cli("staff", "link", "--email", email).strip()
        window = opened(self.address)
        window.page.goto(link)
        window.page.get_by_role("button", name="Sign in").first.click()
        window.page.wait_for_url("**/admin")
        return window

    def member(self, opened: Opened, email: str) -> Watched:
        """Asks for a link, and follows the one in the mail."""
        window = opened(self.address, width=360, height=740)
        page = window.go("/sign-in")
        page.get_by_label("Your address").first.fill(email)
        page.get_by_role("button", name="Send me a link").click()
        page.get_by_text("a mail with a link is on its way").wait_for()
        page.goto(self.address + self.link_to(email))
        page.get_by_role("button", name="Sign in").first.click()
        page.wait_for_url("**/me")
        return window

    def link_to(self, email: str) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for mail in self.mails(email):
                if found := re.search(r"(/sign-in#[\w-]+)", self.text(mail)):
                    return found[1]
            time.sleep(0.1)
        raise AssertionError("no mail with a link")

    def text(self, mail: dict[str, Any]) -> str:
        return requests.get(f"{self.sandbox}message/{mail['MessageID']}", timeout=5).text

    def mails(self, email: str) -> list[dict[str, Any]]:
        secrets = (self.folder / "secrets.env").read_text()
        token = re.search("postmark_token=(.+)", secrets)
        assert token
        answer = requests.get(
            f"{self.sandbox}messages/outbound",
            params={"count": "500"},
            headers={"X-Postmark-Server-Token": token[1]},
            timeout=10,
        )
        return [mail for mail in answer.json()["Messages"] if email in str(mail["Recipients"])]
