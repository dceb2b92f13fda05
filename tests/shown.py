"""A running `up` with something to see in it: for pictures of pages, and for measuring them in a browser."""

import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from tests.processes import Up

PATIENCE = 60.0


@dataclass
class Shown:
    """`paths`: where there is something to see, by name; `member`: the address that signs a demo member in, once."""

    address: str
    owner: str
    member: str
    key: str
    member_key: str
    paths: dict[str, str]


@contextmanager
def shown() -> Generator[Shown]:
    """The demo with the corrected sample file added and mailed, another one waiting, and a member who waits."""
    with tempfile.TemporaryDirectory(prefix="harrystix-shown-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        up = Up(folder / "data")
        try:
            said = up.started()
            found = [
                re.search(words, said)
                for words in (
                    r"is at (\S+)",
                    r"the demo's owner, once, within ten minutes: (\S+)",
                    r"the demo's member, once, within a quarter of an hour: (\S+)",
                    r"Demo API key: (\S+)",
                )
            ]
            address, owner, member, key = [one[1] for one in found if one]
            house = _House(address, key)
            paths = house.fill(folder / "data" / "sample-tickets.csv")
            member_key = (folder / "data" / "demo-key").read_text().split()[1]
            yield Shown(address, owner, member, key, member_key, paths)
        finally:
            up.stop()


@dataclass
class _House:
    address: str
    key: str

    def api(self, method: str, path: str, **more: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Idempotency-Key": str(uuid4()),
            **more.pop("headers", {}),
        }
        answer = requests.request(method, f"{self.address}{path}", headers=headers, timeout=30, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def upload(self, content: bytes, name: str) -> dict[str, Any]:
        words = {"headers": {"Content-Type": "text/csv"}, "params": {"fileName": name}}
        return self.api("POST", "/api/admin/tickets/upload", data=content, **words)

    def fill(self, sample: Path) -> dict[str, str]:
        content = sample.read_bytes()
        waiting = self.upload(content, "tickets-for-friday.csv")["uploadId"]
        right = content.replace(b"Winter Bal,", b"Winter Ball,").replace(
            b"Entry 9pm - 9.30pm", b"Entry 9-9:30pm"
        )
        added = self.upload(right, "tickets-of-the-venue.csv")["uploadId"]
        self.api("POST", f"/api/admin/uploads/{added}/commit")
        events = self.api("GET", "/api/admin/events")
        neon = next(event for event in events if "Neon" in event["name"])
        deadline = datetime.now(UTC) + timedelta(seconds=PATIENCE)
        while True:
            row = next(one for one in self.api("GET", "/api/admin/uploads") if one["id"] == added)
            if row["assigned"] and row["delivered"] >= row["assigned"] * 0.9:
                break
            assert datetime.now(UTC) < deadline, row
        served = self.api(
            "GET", f"/api/admin/tickets/assignments?eventId={neon['id']}&status=fulfilled&limit=1"
        )
        return {
            "overview": "/admin",
            "events": "/admin/events",
            "event": f"/admin/events/{neon['id']}",
            "check": f"/admin/uploads/{waiting}",
            "progress": f"/admin/uploads/{added}/progress",
            "orders": "/admin/orders",
            "order": f"/admin/orders/{served[0]['preOrderId']}",
            "fairness": f"/admin/events/{neon['id']}/fairness",
            "captures": "/admin/captures",
            "health": "/admin/health",
        }
