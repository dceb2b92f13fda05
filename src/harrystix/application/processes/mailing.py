"""Mailing: an intent leaves at most once, except where nobody knows and the look-up finds nothing.

One bad mail is one bad mail: what can't be made or sent of it holds up no other. A provider that is away, or set up
wrongly, is an outage: everything waits, nothing is held against any mail, and it goes on by itself.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from harrystix.application.context import Context
from harrystix.application.mail_ports import MailResults, TicketMail
from harrystix.application.points import point
from harrystix.application.ports import Due
from harrystix.application.processes.composing import compose, template_of
from harrystix.application.processes.mail_outcomes import ACTOR, record
from harrystix.application.processes.work import readable
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.values import By

BATCH = 500
PROVIDER, VAULT = "postmark", "vault"


def send_due(context: Context, *, seconds: float = 20) -> int:
    """Send what is due, in batches, for at most `seconds`; returns the number of mails accepted."""
    sent, size = 0, BATCH
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        resting = {outage.name for outage in context.outages.current()}
        if any(context.outages.wait(name) for name in resting.intersection((PROVIDER, VAULT))):
            return sent
        probing = PROVIDER in resting
        started = time.monotonic()
        due = _ripe(context, context.due.claim("mail", size, context.mail_lease), resting)
        if probing:
            due = _one_probe(context, due)
        if not due:
            return sent
        batch_id = str(context.ids.new())
        mine = context.ledger.begin(batch_id, due, probe=probing)
        rest = [item for item in due if item.subject not in mine]
        if rest:
            _settle_unknown(context, rest)
        fresh = [item for item in due if item.subject in mine]
        if fresh:
            doubtful = {intent for intent, times in mine.items() if times}
            accepted, in_time = _send_apart(context, batch_id, fresh, doubtful, started)
            sent += accepted
            size = size if in_time else max(1, size // 4)
    context.nudge.send("mail", "")
    return sent


def _one_probe(context: Context, due: Sequence[Due]) -> list[Due]:
    """The longest due mail that can be sent, and all that have to be looked up; the others wait on."""
    states = context.ledger.states([item.subject for item in due])
    leaving = [item for item in due if states.get(item.subject) == "sending"]
    others = [item for item in due if item not in leaving]
    context.due.defer("mail", [item.subject for item in others[1:]], 0)
    if not others:
        context.outages.unused(PROVIDER)
    return others[:1] + leaving


def _ripe(context: Context, due: Sequence[Due], resting: set[str]) -> list[Due]:
    """What may leave now; the rest comes again at its time: given by hand a moment ago, or of a broken template."""
    now = context.clock.now()
    ripe: list[Due] = []
    rest = {name: context.outages.wait(name) for name in resting.intersection(_part(item) for item in due)}
    for item in due:
        not_before = item.details.get("not_before")
        early = (datetime.fromisoformat(str(not_before)) - now).total_seconds() if not_before else 0
        early = max(early, rest.get(_part(item), 0))
        if early > 0:
            context.due.defer("mail", [item.subject], early)
        else:
            ripe.append(item)
    return ripe


def _part(item: Due) -> str:
    return f"{PROVIDER}/{template_of(item)}"


def _send_apart(
    context: Context, batch_id: str, due: Sequence[Due], doubtful: set[str], started: float
) -> tuple[int, bool]:
    """(accepted, whether they were made in time). Those of which nobody knew the outcome before go one by one:

    one of them may be what the provider stumbles over.
    """
    usual = [item for item in due if item.subject not in doubtful]
    accepted, in_time = send(context, batch_id, usual, started) if usual else (0, True)
    for item in due:
        if item.subject in doubtful:
            # Where others are accepted and this one is not, it is to blame and not the provider.
            one, made = send(context, batch_id, [item], started, answers=accepted > 0)
            accepted, in_time = accepted + one, in_time and made
    return accepted, in_time


def send(
    context: Context, batch_id: str, due: Sequence[Due], started: float, *, answers: bool = False
) -> tuple[int, bool]:
    """One batch that this caller holds in the ledger since `started`; (accepted, whether it was made in time).

    `answers`: whether the provider has just accepted others, so that it is not away.
    """
    # Loaded after the ledger row is written: who recalls a mail either comes before that row, or sees it.
    try:
        orders = readable(context, "mail", {item.subject: str(item.details["order_id"]) for item in due})
        due, unread = _split(due, lambda item: str(item.details["order_id"]) in orders)
        if unread:
            _not_tried(context, batch_id, unread)
        results, mails = compose(context, batch_id, due, orders)
    except Exception:
        # Nobody was asked, so that nothing of it is held against any of them.
        _not_tried(context, batch_id, due)
        raise
    if results.outage:
        context.outages.opened(VAULT, results.outage)
    elif not mails:
        # Whoever was to probe has found nothing to send: the next one may.
        context.outages.unused(PROVIDER, VAULT, *{_part(item) for item in due})
    if time.monotonic() - started > context.mail_lease * 0.4:
        # Held up for so long that somebody else may have taken over: then it is theirs, and it was no try.
        _not_tried(context, batch_id, due)
        context.due.defer("mail", [item.subject for item in due], 0)
        return 0, False
    if mails:
        sent = context.mailer.send(mails)
        _tell(context, mails, sent, answers=answers)
        _merge(results, sent)
        point("mail.after_send_before_record")
    record(context, batch_id, due, results, loaded=orders)
    return len(results.accepted), True


def _not_tried(context: Context, batch_id: str, due: Sequence[Due]) -> None:
    context.store.commit(together=[context.ledger.not_tried(batch_id, [item.subject for item in due])])


def _split(due: Sequence[Due], fits: Callable[[Due], bool]) -> tuple[list[Due], list[Due]]:
    """(those that fit, the others)."""
    return [item for item in due if fits(item)], [item for item in due if not fits(item)]


def _tell(context: Context, mails: Sequence[TicketMail], sent: MailResults, *, answers: bool) -> None:
    """The breakers hear of it: the vault's too, as there are mails."""
    if sent.outage and not (answers and sent.unknown):
        context.outages.opened(PROVIDER, sent.outage, seconds=sent.retry_after)
    for template, code in sent.faults.items():
        context.outages.opened(f"{PROVIDER}/{template}", code)
    well = {mail.template for mail in mails if mail.intent_id in sent.accepted}.difference(sent.faults)
    provider = () if sent.outage else (PROVIDER,)
    context.outages.closed(VAULT, *provider, *(f"{PROVIDER}/{template}" for template in sorted(well)))


def _settle_unknown(context: Context, due: Sequence[Due]) -> None:
    """Somebody marked these as sending and was not heard of again: ask the provider before anything else."""
    held = context.ledger.take_over([item.subject for item in due], context.mail_lease - 2)
    for batch_id in set(held.values()):
        intents = {intent for intent, batch in held.items() if batch == batch_id}
        found = context.mailer.find(batch_id)
        if found is None:
            continue
        results = MailResults(accepted={i: message for i, message in found.items() if i in intents})
        results.unknown = intents - set(found)
        record(context, batch_id, [item for item in due if item.subject in intents], results, looked_up=True)
    _settle_stopped(context, [item for item in due if item.subject not in held])


def _settle_stopped(context: Context, due: Sequence[Due]) -> None:
    """What the ledger says will never leave, and the log does not know of: old logs have such."""
    states = context.ledger.states([item.subject for item in due])
    for item in due:
        if states.get(item.subject) == "failed":
            by = context.by(ACTOR, cause_id=item.cause_id)
            order_id = str(item.details["order_id"])

            def work(order_id: str = order_id, item: Due = item, by: By = by) -> None:
                order = context.store.get(PreOrder, order_id)
                order.cancel_mail(by, item.subject)
                order.renew_mail(by)
                context.store.commit(order)

            context.store.run(by, lambda order_id=order_id: [UUID(order_id)], work)


def _merge(results: MailResults, sent: MailResults) -> None:
    results.accepted |= sent.accepted
    results.refused |= sent.refused
    results.later |= sent.later
    results.untried |= sent.untried
    results.unknown |= sent.unknown
    results.retry_after = sent.retry_after
