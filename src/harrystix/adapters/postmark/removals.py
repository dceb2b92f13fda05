"""Asking Postmark to forget an address: its data removal API, which wants the account's token, not the server's."""

import requests

from harrystix.application.mail_ports import NotAsked
from harrystix.application.payment_ports import Later


class PostmarkRemovals:
    """`sender`: in whose name it is asked. Without a token nothing can be asked, and the certificate says so."""

    def __init__(self, token: str, url: str, sender: str, timeout: float) -> None:
        self._token, self._url, self._sender, self._timeout = token, url.rstrip("/"), sender, timeout

    def ask(self, email: str) -> str:
        """The number of the request at Postmark. Raises Later, NotAsked."""
        if not self._token:
            raise NotAsked
        try:
            answer = requests.post(
                f"{self._url}/data-removals",
                json={"RequestedBy": self._sender, "RequestedFor": email, "NotifyWhenCompleted": False},
                headers={"X-Postmark-Account-Token": self._token, "Accept": "application/json"},
                timeout=self._timeout,
            )
        except requests.RequestException:
            raise Later(30) from None
        if not answer.ok:
            # A wrong token is somebody's to mend; until then the erasure is not complete.
            raise Later(300 if answer.status_code in {401, 422} else 30)
        return str(answer.json()["ID"])
