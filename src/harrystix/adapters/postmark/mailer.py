"""Ticket mails by Postmark template batches. Each message's own result counts, not the call's."""

import threading
from collections.abc import Sequence
from typing import Any, cast

import requests
import structlog
from postmarker.core import PostmarkClient
from postmarker.exceptions import ClientError

from harrystix.application.mail_ports import MailResults, TicketMail

log = structlog.get_logger()
MAX_BATCH = 500
UNCERTAIN = {500, 502, 504}
LATER_STATUS = {429, 503}
# Codes of a whole call that say: nothing was accepted, try again later. 405: the account is out of credits.
LATER_CODES = {10, 100, 405, 429}


class PostmarkMailer:
    def __init__(
        self, token: str, url: str, sender: str, template: str, timeout: float, *, track_opens: bool = False
    ) -> None:
        self._token, self._url, self._timeout = token, url, timeout
        self._track_opens = track_opens
        self._sender, self._template = sender, template
        self._local = threading.local()

    def send(self, mails: Sequence[TicketMail]) -> MailResults:
        if len(mails) > MAX_BATCH:
            raise ValueError(f"At most {MAX_BATCH} mails a call.")
        results = MailResults()
        intents = [mail.intent_id for mail in mails]
        try:
            answers: Any = self._client().emails.send_template_batch(*map(self._message, mails))
        except requests.ConnectTimeout:
            results.later = dict.fromkeys(intents, "connect_timeout")
        except (requests.HTTPError, ClientError) as error:
            self._call_failed(results, mails, error)
        except (requests.RequestException, ValueError) as error:
            # Refused connections never reached anybody; anything else may have been accepted.
            if isinstance(error, requests.ConnectionError) and "refused" in str(error).lower():
                results.later = dict.fromkeys(intents, "connection_refused")
            else:
                results.unknown = set(intents)
        else:
            _read_answers(results, intents, answers)
        if results.later or results.refused or results.unknown:
            log.warning(
                "mail.trouble",
                later=len(results.later),
                refused=len(results.refused),
                unknown=len(results.unknown),
            )
        return results

    def find(self, batch_id: str) -> dict[str, str] | None:
        found: dict[str, str] = {}
        try:
            while True:
                page: dict[str, Any] = self._client().call(
                    "GET", "/messages/outbound", count=500, offset=len(found), metadata_batch_id=batch_id
                )
                messages = cast("list[dict[str, Any]]", page["Messages"])
                found |= {str(m["Metadata"]["intent_id"]): str(m["MessageID"]) for m in messages}
                if len(messages) < 500:
                    return found
        except (requests.RequestException, ClientError, KeyError, ValueError):
            log.warning("mail.lookup_failed")
            return None

    def _call_failed(
        self, results: MailResults, mails: Sequence[TicketMail], error: requests.HTTPError | ClientError
    ) -> None:
        intents = [mail.intent_id for mail in mails]
        http = error if isinstance(error, requests.HTTPError) else error.__cause__
        response: Any = http.response if isinstance(http, requests.HTTPError) else None
        status = int(response.status_code) if response is not None else 0
        code = status if isinstance(error, requests.HTTPError) else int(cast("Any", error).error_code)
        if status in UNCERTAIN:
            # A server that fails may have taken the mails before it did: look before sending again.
            found = self.find(mails[0].batch_id)
            results.unknown = set(intents) if found is None else set()
            results.accepted = {i: found[i] for i in intents if found and i in found}
            results.later = {i: str(status) for i in intents if found is not None and i not in found}
        elif status in LATER_STATUS or code in LATER_CODES:
            results.later = dict.fromkeys(intents, str(code))
            after = str(response.headers.get("Retry-After", "")) if response is not None else ""
            results.retry_after = min(60.0, float(after)) if after.isdigit() else 0
        else:
            results.refused = dict.fromkeys(intents, str(code))

    def _message(self, mail: TicketMail) -> dict[str, Any]:
        return {
            "From": self._sender,
            "To": mail.to,
            "TemplateAlias": self._template if mail.template == "ticket" else mail.template,
            "TemplateModel": mail.model,
            "MessageStream": "outbound",
            "Tag": mail.template,
            "TrackLinks": "None",
            "TrackOpens": self._track_opens and mail.template == "ticket",
            "Metadata": {"intent_id": mail.intent_id, "batch_id": mail.batch_id},
        }

    def _client(self) -> Any:
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = PostmarkClient(
                server_token=self._token, timeout=self._timeout, root_api_url=self._url
            )
        return client


def _read_answers(results: MailResults, intents: list[str], answers: Any) -> None:
    for intent, answer in zip(intents, cast("list[dict[str, Any]]", answers), strict=True):
        code = int(answer.get("ErrorCode", -1))
        if code == 0:
            results.accepted[intent] = str(answer["MessageID"])
        elif code in LATER_CODES:
            results.later[intent] = str(code)
        else:
            results.refused[intent] = str(code)
