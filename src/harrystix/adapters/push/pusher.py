"""Sends one notice to one device: encrypted for that browser alone, signed as from us."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import requests
import structlog
from http_ece import ECEException
from py_vapid import Vapid02, VapidException
from pywebpush import WebPushException, webpush  # pyright: ignore[reportUnknownVariableType]

from harrystix.adapters.push.services import is_service
from harrystix.application.push_ports import Device

log = structlog.get_logger()
HOUR = 3600
GONE = {404, 410}
LATER = {408, 413, 425, 429, 500, 502, 503, 504}


class WebPusher:
    """`contact`: whom a push service may write to about us. `hosts`: the services that are known."""

    def __init__(self, pem: bytes, contact: str, hosts: Sequence[str], timeout: float = 5.0) -> None:
        self._key: Any = cast("Any", Vapid02).from_pem(pem)
        self._contact, self._hosts, self._timeout = contact, tuple(hosts), timeout
        self._local = threading.local()

    def send(self, device: Device, words: Mapping[str, str]) -> str:
        if not is_service(device.endpoint, self._hosts):
            return "refused"
        parts = urlsplit(device.endpoint)
        info = {"endpoint": device.endpoint, "keys": {"p256dh": device.p256dh, "auth": device.auth}}
        claims: dict[str, Any] = {"sub": self._contact, "aud": f"{parts.scheme}://{parts.netloc}"}
        try:
            cast("Any", webpush)(
                info,
                orjson.dumps(dict(words)).decode(),
                vapid_private_key=self._key,
                vapid_claims=claims,
                ttl=HOUR,
                timeout=self._timeout,
                headers={"Urgency": "high"},
                requests_session=self._session(),
            )
        except WebPushException as error:
            answer: Any = cast("Any", error).response
            status = int(answer.status_code) if answer is not None else 0
            log.warning("push.trouble", status=status)
            return "gone" if status in GONE else "later" if status in LATER else "refused"
        except requests.RequestException as error:
            log.warning("push.trouble", error=type(error).__name__)
            return "later"
        except (ValueError, ECEException):
            # Keys that are none: no browser would have made them.
            return "gone"
        except VapidException:
            log.error("push.contact")
            return "refused"
        return "sent"

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # To the named host and nowhere else.
            session.max_redirects = 0
        return session


class NoPusher:
    """Without a key of ours nobody is told, and nobody is asked whether they want to be."""

    def send(self, device: Device, words: Mapping[str, str]) -> str:
        return "refused"
