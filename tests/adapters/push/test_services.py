"""Where we may be sent by a browser: to known services, and never into a house's own network."""

import pytest

from harrystix.adapters.push.services import is_service
from harrystix.settings import Settings

HOSTS = str(Settings.model_fields["push_hosts"].default).split(",")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QA",
        "https://wns2-by3p.notify.windows.com/w/?token=BQY",
        "https://fcm.googleapis.com:443/fcm/send/abc",
    ],
)
def test_a_known_service_may_be_told(endpoint: str) -> None:
    assert is_service(endpoint, HOSTS)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/?fcm.googleapis.com",
        "https://evil-notify.windows.com/w",
        "https://notify.windows.com/w",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://user:secret@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:99999/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1:6379/x",
        "http://[::1/x",
        "file:///etc/passwd",
        "",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_nobody_else_is(endpoint: str) -> None:
    assert not is_service(endpoint, HOSTS)
