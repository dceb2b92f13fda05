"""Members sign in by a link in a mail: one use, 15 minutes, and a click that no mail scanner makes."""

from dataclasses import dataclass
from uuid import uuid4

from harrystix.application.context import Context
from harrystix.application.handlers.staff import SignInRefused, TooOften
from harrystix.application.mail_address import canonical, mailbox, require_mailbox, what_is_wrong
from harrystix.application.mail_ports import MailResults, TicketMail
from harrystix.application.ports import Member
from harrystix.application.processes import work
from harrystix.application.processes.mailing import PROVIDER

PER_ADDRESS, PER_PLACE, WINDOW = 5, 30, 900.0
BATCH = 50


def ask(context: Context, *, email: str, place: str) -> None:
    """The same for every mailbox, known or not: whether a mail leaves is decided later.

    Raises InvalidValue for what is no mailbox, TooOften for a place.
    """
    require_mailbox(email)
    if not context.people.attempts.allowed("link-place", place, PER_PLACE, WINDOW):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")
    if context.people.attempts.allowed("link-address", canonical(email), PER_ADDRESS, WINDOW):
        context.people.links.request(mailbox(email))
        context.nudge.send("sign_in", "")


def send_links(context: Context) -> int:
    """Mail what was asked for; returns how many left. A mail that may have left twice does no harm."""
    sent = 0
    context.failures.clear("sign_in", context.people.links.over())
    while due := context.people.links.due(BATCH):
        if context.outages.wait(PROVIDER):
            return sent
        # Where nobody knows whether a mail was taken, that one is to blame; with a second one it is the provider.
        blamed = ""
        for request_id, email in due:
            outcome = _Outcome()
            work.one(
                context,
                "sign_in",
                request_id,
                lambda request=request_id, email=email, out=outcome: _send(context, request, email, out),
            )
            sent += outcome.left
            if not outcome.outage:
                blamed = "" if outcome.left else blamed
            elif blamed or not outcome.doubtful:
                context.outages.opened(PROVIDER, outcome.outage, seconds=outcome.retry_after)
                return sent
            else:
                blamed = request_id
    return sent


class NotSent(Exception):
    """Comes again with the others that failed, as long as the request is good."""


@dataclass
class _Outcome:
    left: int = 0
    outage: str = ""
    doubtful: bool = False
    retry_after: float = 0


def _send(context: Context, request_id: str, email: str, outcome: _Outcome) -> None:
    """Raises NotSent where no mail may have left."""
    # What an older release has let in.
    if not what_is_wrong(email):
        intent, results = _send_link(context, request_id, email)
        outcome.outage, outcome.retry_after = results.outage, results.retry_after
        outcome.doubtful = intent in results.unknown
        if results.outage:
            # It comes again by itself, as long as it is good.
            return
        context.outages.closed(PROVIDER)
        if intent not in results.accepted and intent not in results.refused:
            raise NotSent
        outcome.left = 1
    context.people.links.done(request_id)


def _send_link(context: Context, request_id: str, email: str) -> tuple[str, MailResults]:
    # To the stored address where there is one, never to the typed one.
    known = context.members.find(email)
    found = context.members.reveal([known]).get(known) if known else None
    stored = found.email if found else email
    staff_id = context.people.staff.find(email)
    invited = staff_id is not None and context.people.staff.invited(staff_id)
    token = context.people.links.make(stored, context.clock.now())
    model = {"action_url": f"{context.address}/sign-in#{'welcome=' if invited else ''}{token}"}
    intent = str(uuid4())
    mail = TicketMail(intent, request_id, stored, model, "invitation" if invited else "sign-in")
    return intent, context.mailer.send([mail])


def use(context: Context, *, token: str, place: str, device: str) -> str:
    """The token of a new session. Raises SignInRefused for a link that is used, too old or wrong, TooOften."""
    if not context.people.attempts.allowed("link-use", place, PER_PLACE, WINDOW):
        raise TooOften("Too many attempts. Try again in a quarter of an hour.")
    email = context.people.links.use(token, context.clock.now())
    if email is None:
        raise SignInRefused("This link was used already, or is older than 15 minutes. Ask for a new one.")
    # Who has read a mail at an address is a member from then on.
    (member_id,) = context.members.find_or_add([Member(email, "")])
    return context.people.sessions.open("member", member_id, device, context.clock.now())[1]
