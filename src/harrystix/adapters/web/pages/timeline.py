"""What happened to one pre-order, newest first, in words: money, queue, mails, looks and acts in one list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from harrystix.adapters.vault.requests import Origin
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.render import duration
from harrystix.adapters.web.parts import Parts
from harrystix.adapters.web.roles import Role
from harrystix.application.explain.trace import Trace
from harrystix.application.processes.notices import money
from harrystix.projections.audit_log import queries as audit

MOST = 500
KINDS = ("order", "money", "queue", "mail", "look")
# Who does things, as one asks for them.
ACTORS = {"staff": "staff", "member": "the member", "partner": "a partner", "house": "by itself"}
Words = Callable[[dict[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind`: of KINDS. `by`: of ACTORS. `raw`: the fact behind it."""

    position: int
    at: datetime
    kind: str
    text: str
    actor: str
    by: str
    raw: str
    # How it came here: over the web with the number of the request, by a worker, from a provider, by hand; or empty.
    source: str = ""
    # (position, action) of the fact that led to it, where it is known.
    cause: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Of what the list shows. `here`: it is what it shows now."""

    words: str
    href: str
    count: int
    here: bool


def amount(details: dict[str, Any]) -> str:
    return money(int(details.get("amount_minor") or details.get("price_minor") or 0), details["currency"])


THEN = {
    "retry": "it is tried again",
    "new_card": "the member is asked for another card",
    "authenticate": "the member is asked to confirm it at the bank",
    "failed": "the place is given up",
    "wait": "it is waited for",
}
NOTICES = {
    "payment_retry": "that the payment failed and is tried again",
    "card_needed": "that another card is needed",
    "authentication_needed": "that the bank wants a confirmation",
    "payment_failed": "that the payment failed for good",
    "card_expiring": "that the card ends",
    "card_removed": "that the saved card is gone and another one is needed",
    "refunded": "that the money is on its way back",
}
# What a fact of the pre-order itself says; those of the queue are told by the decision trace, as `explain` has it.
WORDS: dict[str, tuple[str, Words]] = {
    "PreOrder.Placed": ("order", lambda d: f"Pre-ordered for {amount(d)}."),
    "PreOrder.PlacedAgain": ("order", lambda d: f"Pre-ordered again for {amount(d)}."),
    "PreOrder.Cancelled": ("order", lambda _: "Cancelled; nothing was taken."),
    "PreOrder.CardSaved": ("money", lambda d: f"A card was saved{_ends(d)}."),
    "PreOrder.CardRemoved": (
        "money",
        lambda _: "The saved card was removed at the provider: the member is told.",
    ),
    "PreOrder.CardUpdated": ("money", lambda d: f"The saved card was issued anew{_ends(d)}."),
    "PreOrder.CardExpiring": (
        "mail",
        lambda _: "The card ends before the next payment day: the member is told.",
    ),
    "PreOrder.CaptureRequested": (
        "money",
        lambda d: f"{amount(d)} asked for, attempt {d.get('attempt', 1)}.",
    ),
    "PreOrder.PaymentIntentLinked": ("money", lambda _: "The payment is known at the provider."),
    "PreOrder.CaptureDeclined": (
        "money",
        lambda d: f"Declined ({_code(d)}): {THEN.get(str(d.get('then')), 'it is looked at')}.",
    ),
    "PreOrder.PaymentsEnded": ("money", lambda _: "What was left of the payment was ended at the provider."),
    "PreOrder.CaptureGivenUp": ("money", lambda d: f"The payment was given up ({_plain(d.get('reason'))})."),
    "PreOrder.PaymentConfirmed": ("money", lambda d: f"{amount(d)} paid."),
    "PreOrder.StrayPaymentFound": ("money", lambda d: f"A second payment of {amount(d)} was found."),
    "PreOrder.RefundRequested": (
        "money",
        lambda d: f"{amount(d)} to be given back ({d.get('origin')}): {d.get('reason')}.",
    ),
    "PreOrder.RefundMoved": (
        "money",
        lambda d: f"The refund of {amount(d)} is {_plain(d.get('state'))}{_because(d)}.",
    ),
    "PreOrder.Frozen": (
        "money",
        lambda d: f"Frozen by a {_plain(d.get('kind'))} ({_plain(d.get('reason'))}).",
    ),
    "PreOrder.CaseClosed": ("money", lambda d: f"The case was closed: {_plain(d.get('outcome'))}."),
    "PreOrder.ResendRequested": (
        "mail",
        lambda d: f"To be mailed again, mail {int(d.get('number', 0)) + 1}.",
    ),
    "PreOrder.TicketEmailAccepted": (
        "mail",
        lambda d: (
            f"The mail with the ticket had left already when this became {_plain(d.get('overtaken'))}."
            if d.get("overtaken")
            else f"The mail with the ticket left, {duration(d.get('after_ms'))} after money and ticket were there."
        ),
    ),
    "PreOrder.TicketEmailCancelled": (
        "mail",
        lambda d: f"The mail with the ticket was not sent: {_plain(d.get('state'))} by then.",
    ),
    "PreOrder.TicketEmailDelivered": ("mail", lambda _: "The mail was delivered."),
    "PreOrder.TicketEmailOpened": (
        "mail",
        lambda _: "The mail was opened, or their mail program read ahead.",
    ),
    "PreOrder.TicketEmailBounced": ("mail", lambda d: f"The mail came back ({_plain(d.get('kind'))})."),
    "PreOrder.TicketEmailFailed": (
        "mail",
        lambda d: f"The mail could not be sent ({_plain(d.get('code'))}).",
    ),
    "PreOrder.NoticeSent": (
        "mail",
        lambda d: f"A mail left, saying {NOTICES.get(str(d.get('kind')), 'how it stands')}.",
    ),
    "PreOrder.NoticeFailed": (
        "mail",
        lambda d: f"A mail about the money was not sent ({_plain(d.get('code'))}).",
    ),
    "PreOrder.CredentialDisclosed": (
        "look",
        lambda d: f"The ticket was shown to the {d.get('role')}, for: {d.get('purpose')}.",
    ),
    "PreOrder.TicketUsed": ("order", lambda _: "The ticket was used."),
    "PreOrder.Erased": ("order", lambda _: "Erased, with the ticket."),
}
# Told once, in the queue's words.
TWICE = {"PreOrder.TicketAssigned", "PreOrder.WaitingForStock", "PreOrder.AssignmentRevoked"}


def timeline(own: Parts, who: Caller, order_id: str, told: Trace) -> list[Moment]:
    """Newest first. How each came here for who may read the whole audit log; the desk reads the facts without it."""
    entries = audit.of_order(own.database, order_id, told.event_id, MOST)
    sentences: dict[tuple[str, datetime], list[str]] = {}
    for step in told.steps:
        sentences.setdefault((step.action, step.at), []).append(step.text)
    whole = who.role != Role.SUPPORT
    wanted = {entry.cause_id for entry in entries if entry.cause_id}
    known = audit.firsts(own.database, list(wanted)) if wanted else {}
    origins = own.requests.of([entry.command_id for entry in entries]) if whole else {}
    found: list[Moment] = []
    for entry in entries:
        kind, text = _told(entry, sentences)
        if text:
            raw = orjson.dumps(entry.details, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
            found.append(
                Moment(
                    entry.position,
                    entry.recorded_at,
                    kind,
                    text,
                    _who(who, entry.actor),
                    _by(entry.actor),
                    f"{entry.action} {raw}",
                    _source(entry.actor, origins.get(entry.command_id)) if whole else "",
                    known.get(entry.cause_id),
                )
            )
    return found


def _told(entry: audit.Entry, sentences: dict[tuple[str, datetime], list[str]]) -> tuple[str, str]:
    """(kind, words); without words where it is told elsewhere."""
    if known := WORDS.get(entry.action):
        return known[0], known[1](entry.details)
    if entry.action in TWICE:
        return "queue", ""
    there = sentences.get((entry.action, entry.recorded_at))
    if there:
        return "queue", there.pop(0)
    return "queue", ""


def _who(who: Caller, actor: str) -> str:
    """Support does not see who of the others it was."""
    if actor == who.actor:
        return "you"
    kind, _, rest = actor.partition(":")
    if kind in {"system", "worker"}:
        return _plain(rest or kind)
    return kind if kind in {"member", "partner"} or who.role == Role.SUPPORT else f"{kind} {rest[:8]}"


def _source(actor: str, origin: Origin | None) -> str:
    """A program of somebody names itself otherwise than browsers do."""
    if origin:
        how = "pages" if origin.user_agent.startswith("Mozilla/") else "API"
        return f"over the {how}, request {origin.request_id}"
    kind = actor.partition(":")[0]
    known = {"provider": "told by the provider", "system": "by a process of the house"}
    return known.get(kind, "from the command line")


def _by(actor: str) -> str:
    kind = actor.partition(":")[0]
    return kind if kind in ACTORS else "house"


def narrowed(moments: list[Moment], kind: str, by: str) -> list[Moment]:
    """Of that kind and by those, where one asked for it."""
    return [one for one in moments if kind in {"", one.kind} and by in {"", one.by}]


def choices(order_id: str, moments: list[Moment], kind: str, by: str) -> list[tuple[str, list[Choice]]]:
    """(what one chooses, its choices): how many there would be under each, with the other choice as it is."""

    def choice(words: str, kind_: str, by_: str) -> Choice:
        query = urlencode({name: value for name, value in (("kind", kind_), ("by", by_)) if value})
        address = f"/admin/orders/{order_id}{'?' if query else ''}{query}#why"
        return Choice(words, address, len(narrowed(moments, kind_, by_)), (kind, by) == (kind_, by_))

    kinds = [choice("everything", "", by), *(choice(one, one, by) for one in KINDS)]
    actors = [choice("everybody", kind, ""), *(choice(words, kind, one) for one, words in ACTORS.items())]
    return [
        (what, [one for one in found if one.count or one.here])
        for what, found in (("What", kinds), ("By whom", actors))
    ]


def _ends(details: dict[str, Any]) -> str:
    expires = int(details.get("expires") or 0)
    return f", good to {expires % 100:02}/{expires // 100}" if expires else ""


def _code(details: dict[str, Any]) -> str:
    return _plain(details.get("decline_code") or details.get("code") or "no reason given")


def _because(details: dict[str, Any]) -> str:
    return f" ({_plain(details['code'])})" if details.get("code") else ""


def _plain(word: Any) -> str:
    return str(word or "no reason given").replace("_", " ").replace("-", " ")
