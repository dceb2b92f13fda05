"""The sandbox's webhooks: delivery or bounce of each mail, with Basic auth, at a set rate."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from harrystix.adapters.sandbox.faults import Faults
from harrystix.adapters.sandbox.outbox import Outbox


class Reports:
    def __init__(
        self, outbox: Outbox, faults: Faults, url: str, auth: tuple[str, str], rate: float, delay: float
    ) -> None:
        self._outbox, self._faults = outbox, faults
        self._url, self._auth, self._rate, self._delay = url, auth, rate, delay
        self._session = requests.Session()

    async def run(self) -> None:
        """A tick a quarter of a second: that share of the rate, oldest first, each until it is taken."""
        if not self._url or self._rate <= 0:
            return
        while True:
            await asyncio.sleep(0.25)
            due = (datetime.now(UTC) - timedelta(seconds=self._delay)).isoformat()
            batch = self._outbox.unreported(max(1, int(self._rate / 4)), due)
            if batch:
                await asyncio.to_thread(self._report, batch)

    def _report(self, batch: list[dict[str, Any]]) -> None:
        done: dict[str, list[str]] = {"Delivered": [], "Bounced": []}
        for message in batch:
            bounced = message["Recipients"][0] in self._faults.bounce
            if not self._faults.next("lose_webhooks"):
                body = _bounce(message) if bounced else _delivery(message)
                times = 2 if self._faults.duplicate_webhooks else 1
                news = [body, *([_open(message)] if message["TrackOpens"] and not bounced else [])]
                if not all(self._post(one) for one in news for _ in range(times)):
                    break
            done["Bounced" if bounced else "Delivered"].append(str(message["MessageID"]))
        for status, ids in done.items():
            self._outbox.mark(ids, status)

    def _post(self, body: dict[str, Any]) -> bool:
        with contextlib.suppress(requests.RequestException):
            return self._session.post(self._url, json=body, auth=self._auth, timeout=5).ok
        return False


def _about(kind: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What every report says of its message."""
    return {
        "RecordType": kind,
        "ServerID": 1,
        "MessageStream": "outbound",
        "MessageID": message["MessageID"],
        "Tag": message["Tag"],
        "Metadata": message["Metadata"],
        **more,
    }


def _delivery(message: dict[str, Any]) -> dict[str, Any]:
    return _about(
        "Delivery", message, Recipient=message["Recipients"][0], DeliveredAt=_now(), Details="sandbox"
    )


def _open(message: dict[str, Any]) -> dict[str, Any]:
    """In the sandbox everybody reads what arrives."""
    return _about(
        "Open",
        message,
        FirstOpen=True,
        Recipient=message["Recipients"][0],
        ReceivedAt=_now(),
        Platform="Unknown",
        UserAgent="sandbox",
    )


def _bounce(message: dict[str, Any]) -> dict[str, Any]:
    return _about(
        "Bounce",
        message,
        ID=int(str(message["MessageID"])[:8], 16),
        Type="HardBounce",
        TypeCode=1,
        Name="Hard bounce",
        Email=message["Recipients"][0],
        From=message["From"],
        BouncedAt=_now(),
        Inactive=True,
        CanActivate=True,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
