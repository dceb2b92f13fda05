"""Ticket mails by Postmark template batches. Each message's own result counts, not the call's."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import requests
import structlog
from postmarker.core import PostmarkClient
from postmarker.exceptions import ClientError
from urllib3.exceptions import NewConnectionError

from harrystix.application.mail_ports import MailResults, SentMail, TicketMail
from harrystix.application.payment_ports import Later

log = structlog.get_logger()
MAX_BATCH = 500
# Postmark lists no further: count and offset together.
MOST_LISTED = 10_000
# Codes that say nothing of the one mail: our account or token, or that we ask too much. Nothing was accepted.
# 10 token, 100 maintenance, 400 and 401 sender, 402 to 405 account and credits, 412 and 413 account not approved.
ACCOUNT = {10, 100, 400, 401, 402, 403, 405, 412, 413, 429}
# Of the template alone: it is missing, or can't be used.
TEMPLATE = {1101, 1102, 1105, 1109, 1120, 1122, 1123}
TOO_MANY = 429
# Of the one mail: its address can't be, or is inactive. Any other code that meets every mail of several is of none.
OF_THE_MAIL = {300, 406}
# An answer that is none says nothing.
GARBLED = (requests.RequestException, ClientError, KeyError, ValueError, TypeError, AttributeError)


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
        try:
            answers: Any = self._client().emails.send_template_batch(*map(self._message, mails))
            _read_answers(results, mails, answers)
        except (requests.HTTPError, ClientError) as error:
            _read_refusal(results, mails, error)
        except GARBLED as error:
            # Whoever was never reached has accepted nothing; anything else may have.
            results = MailResults(outage=type(error).__name__)
            intents = {mail.intent_id for mail in mails}
            if _never_reached(error):
                results.untried = intents
            else:
                results.unknown = intents
        if len(results.accepted) < len(mails):
            log.warning(
                "mail.trouble",
                later=len(results.later),
                refused=len(results.refused),
                untried=len(results.untried),
                unknown=len(results.unknown),
                outage=results.outage,
                faults=results.faults,
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
        except GARBLED:
            log.warning("mail.lookup_failed")
            return None

    def sent_since(self, moment: datetime) -> Iterator[SentMail]:
        seen: set[str] = set()
        until = ""
        while True:
            page = list[dict[str, Any]]()
            for page in self._pages(_their_time(moment), until):
                for message in page:
                    at = datetime.fromisoformat(str(message["ReceivedAt"]))
                    words: dict[str, Any] = message.get("Metadata") or {}
                    if words.get("intent_id") and at >= moment and message["MessageID"] not in seen:
                        seen.add(str(message["MessageID"]))
                        yield _sent(message, at, words)
            if len(page) < MAX_BATCH:
                return
            # The newest come first, and no more are listed at once: on from the oldest that was seen.
            last = _their_time(datetime.fromisoformat(str(page[-1]["ReceivedAt"])) + timedelta(seconds=1))
            if last == until:
                raise Later(60)
            until = last

    def _pages(self, since: str, until: str) -> Iterator[list[dict[str, Any]]]:
        """Raises Later where the provider can't say now."""
        words = {"fromdate": since, **({"todate": until} if until else {})}
        for offset in range(0, MOST_LISTED, MAX_BATCH):
            try:
                page: dict[str, Any] = self._client().call(
                    "GET", "/messages/outbound", count=MAX_BATCH, offset=offset, **words
                )
                messages = cast("list[dict[str, Any]]", page["Messages"])
                # What is no message is said here, and not while it is read.
                for message in messages:
                    _ = message["MessageID"], datetime.fromisoformat(str(message["ReceivedAt"]))
            except GARBLED:
                raise Later(60) from None
            yield messages
            if len(messages) < MAX_BATCH:
                return

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
            # Where a log was set back, these say which ticket is out: a keyed mark, which nobody can go back from.
            "Metadata": {
                "intent_id": mail.intent_id,
                "batch_id": mail.batch_id,
                **({"event_id": mail.event_id, "credential": mail.credential} if mail.credential else {}),
            },
        }

    def _client(self) -> Any:
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = PostmarkClient(
                server_token=self._token, timeout=self._timeout, root_api_url=self._url
            )
        return client


def _their_time(moment: datetime) -> str:
    """Postmark's filters are in the time of New York."""
    return moment.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M:%S")


def _sent(message: dict[str, Any], at: datetime, words: dict[str, Any]) -> SentMail:
    return SentMail(
        str(words["intent_id"]),
        str(message["MessageID"]),
        at,
        str(message.get("Tag") or ""),
        str(words.get("event_id") or ""),
        str(words.get("credential") or ""),
    )


def _read_answers(results: MailResults, mails: Sequence[TicketMail], answers: Any) -> None:
    """One answer a mail, in order; what is no such answer says nothing."""
    found = cast("list[Any]", answers) if isinstance(answers, list) else []
    if len(found) != len(mails):
        results.unknown, results.outage = {mail.intent_id for mail in mails}, "garbled"
        return
    for mail, answer in zip(mails, found, strict=True):
        words = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
        if words.get("MessageID") and not words.get("ErrorCode"):
            # "Accepted, but delivery may be delayed" comes without a code.
            results.accepted[mail.intent_id] = str(words["MessageID"])
        elif isinstance(code := words.get("ErrorCode"), int) and code:
            _refused(results, mail, code)
        else:
            results.unknown.add(mail.intent_id)
    codes = set(results.refused.values())
    if len(results.refused) == len(mails) > 1 and len(codes) == 1 and int(min(codes)) not in OF_THE_MAIL:
        results.untried, results.outage = set(results.refused), codes.pop()
        results.refused.clear()


def _refused(results: MailResults, mail: TicketMail, code: int) -> None:
    """An ErrorCode of theirs: for sure this mail was not accepted."""
    if code in ACCOUNT:
        results.untried.add(mail.intent_id)
        results.outage = str(code)
    elif code in TEMPLATE:
        results.untried.add(mail.intent_id)
        results.faults[mail.template] = str(code)
    else:
        results.refused[mail.intent_id] = str(code)


def _read_refusal(
    results: MailResults, mails: Sequence[TicketMail], error: requests.HTTPError | ClientError
) -> None:
    """Of a whole call. Only 4xx with an ErrorCode of theirs, and 429, prove that nothing was accepted."""
    http = error if isinstance(error, requests.HTTPError) else error.__cause__
    response: Any = http.response if isinstance(http, requests.HTTPError) else None
    status = int(response.status_code) if response is not None else 0
    code = 0 if isinstance(error, requests.HTTPError) else int(cast("Any", error).error_code or 0)
    if status == TOO_MANY or (400 <= status < 500 and code):
        for mail in mails:
            _refused(results, mail, TOO_MANY if status == TOO_MANY else code)
        if code not in OF_THE_MAIL and len(results.refused) > 1:
            results.untried, results.outage = set(results.refused), str(code)
            results.refused.clear()
        after = str(response.headers.get("Retry-After", "")) if response is not None else ""
        results.retry_after = min(60.0, float(after)) if after.isdigit() else 0
    else:
        results.unknown, results.outage = {mail.intent_id for mail in mails}, str(status or code)


def _never_reached(error: BaseException) -> bool:
    """No connection came about: refused, no such host, no route, or none in time."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    found: Any = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(found, "reason", found), NewConnectionError)
