"""One notice to one browser over HTTP: only that browser reads it, and the service knows from whom it is."""

import base64
import json
from pathlib import Path

import pytest

from harrystix.adapters.push import keys
from harrystix.adapters.push.pusher import WebPusher
from harrystix.application.push_ports import Device
from tests.push_service import push_service, said

WORDS = {"title": "Your ticket is there", "body": "Neon Night", "url": "/me"}


@pytest.fixture
def pem(tmp_path: Path) -> bytes:
    keys.make(tmp_path / "push.pem")
    assert (tmp_path / "push.pem").stat().st_mode & 0o077 == 0
    made = (tmp_path / "push.pem").read_bytes()
    keys.make(tmp_path / "push.pem")
    assert (tmp_path / "push.pem").read_bytes() == made
    return made


def test_the_browser_reads_what_was_sent_and_the_service_reads_from_whom(pem: bytes) -> None:
    with push_service() as service:
        pusher = WebPusher(pem, "mailto:tickets@house.example", [service.host])
        assert pusher.send(service.device, WORDS) == "sent"
    assert service.got == [WORDS]
    (headers,) = service.headers
    assert headers["content-encoding"] == "aes128gcm" and headers["ttl"] == "3600"
    token, key = headers["authorization"].removeprefix("vapid t=").split(",k=")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["sub"] == "mailto:tickets@house.example" and claims["aud"] == f"http://{service.host}"
    assert key.strip() == keys.public_key(pem)


@pytest.mark.parametrize(
    ("status", "then"), [(404, "gone"), (410, "gone"), (429, "later"), (503, "later"), (403, "refused")]
)
def test_what_the_service_answers_decides_what_becomes_of_the_device(
    pem: bytes, status: int, then: str
) -> None:
    with push_service() as service:
        service.status = status
        assert WebPusher(pem, "mailto:a@house.example", [service.host]).send(service.device, WORDS) == then


def test_a_service_that_is_away_is_asked_later_and_one_that_is_not_known_never(pem: bytes) -> None:
    with push_service() as service:
        known = WebPusher(pem, "mailto:a@house.example", [service.host])
        strange = WebPusher(pem, "mailto:a@house.example", ["fcm.googleapis.com"])
        assert strange.send(service.device, WORDS) == "refused"
    assert known.send(service.device, WORDS) == "later"
    assert service.headers == []


def test_a_device_with_keys_that_are_none_is_forgotten(pem: bytes) -> None:
    with push_service() as service:
        pusher = WebPusher(pem, "mailto:a@house.example", [service.host])
        assert pusher.send(Device(service.device.endpoint, said(b"x" * 65), said(b"y" * 16)), WORDS) == "gone"


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="PEM"):
        keys.public_key(b"-----BEGIN NOTHING-----")
