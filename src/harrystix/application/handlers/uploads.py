"""An upload's life: received and checked, corrected, committed or discarded, perhaps withdrawn."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from harrystix.application import csv_tickets
from harrystix.application.context import Context
from harrystix.application.csv_file import Problem
from harrystix.application.handlers.leaving import note_what_leaves
from harrystix.application.handlers.money import at_this_moment
from harrystix.application.naming import key
from harrystix.application.ports import Staged, UploadFile
from harrystix.application.processes.work import Named, each
from harrystix.application.uploads.evaluate import Evaluation, evaluate
from harrystix.domain.errors import InvalidValue
from harrystix.domain.ids import command_id, ticket_id
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.ticket_pool import TicketPool
from harrystix.domain.ticketed_event import TicketedEvent
from harrystix.domain.upload import Upload
from harrystix.domain.values import ADDRESS, By, reason_given

KEEP_ROWS = timedelta(hours=24)


def receive(context: Context, by: By, data: bytes, file_name: str, encoding: str = "utf-8") -> Upload:
    """Read, seal and stage a file. Raises FileRefused. The same command again returns the same upload."""
    upload_id = UUID(command_id("upload", by.command_id))
    known = context.store.get_many(Upload, [str(upload_id)])
    if known:
        return known[str(upload_id)]
    file = csv_tickets.check(data, encoding)
    digest = sha256(data).hexdigest()
    upload = Upload.receive(
        upload_id,
        by,
        file_name=_plain_name(file_name),
        sha256=digest,
        size_bytes=len(data),
        form=file.form,
        rows=file.rows,
    )
    rows: list[tuple[Staged, Sequence[str]]] = [
        (
            Staged(
                ticket_id(str(upload_id), ticket.row),
                ticket.row,
                ticket.event,
                ticket.variant,
                context.tickets.fingerprint(ticket.secret),
            ),
            ticket.secret,
        )
        for ticket in file.tickets
    ]
    kept = UploadFile(
        str(upload_id), digest, file.encoding, file.delimiter, [asdict(p) for p in file.problems], by.at
    )
    context.store.commit(
        upload, together=[context.files.add(kept), context.tickets.stage(str(upload_id), rows)]
    )
    return upload


def assess(context: Context, upload: Upload, within: frozenset[str] | None = None) -> Evaluation:
    """What the upload would add now. Empty once it is committed or discarded."""
    kept = context.files.get(str(upload.id))
    problems = [Problem(**problem) for problem in kept.problems] if kept else []
    return evaluate(
        upload,
        context.tickets.staged(str(upload.id)),
        problems,
        store=context.store,
        directory=context.directory,
        vault=context.tickets,
        within=within,
    )


def correct(
    context: Context,
    by: By,
    upload_id: str,
    *,
    events: dict[str, str],
    variants: dict[str, dict[str, str]],
    remember: bool = True,
) -> Upload:
    """`events`: written name -> event id. `variants`: event id -> written name -> variant id.

    Variants are remembered with their event, so that the next file with the same slip is understood.
    Raises NotFound, UnknownVariant, IllegalTransition.
    """

    def work() -> Upload:
        upload = context.store.get(Upload, upload_id)
        known = {event: context.store.get(TicketedEvent, event) for event in {*events.values(), *variants}}
        merged = {event: dict(found) for event, found in upload.variant_corrections.items()}
        for event, found in variants.items():
            for written, variant in found.items():
                known[event].variant(variant)
                merged.setdefault(event, {})[written] = variant
                if remember and key(written):
                    known[event].remember_correction(by, key(written), variant)
        upload.correct(by, {**upload.event_corrections, **events}, merged)
        context.store.commit(upload, *known.values())
        return upload

    done = context.store.run(by, lambda: [UUID(upload_id)], work)
    return done or context.store.get(Upload, upload_id)


def commit(context: Context, by: By, upload_id: str, within: frozenset[str] | None = None) -> Upload:
    """Add the accepted rows to their pools, once. Raises IllegalTransition, InvalidValue."""
    tokens: dict[str, str | None] = {}

    def work() -> Upload:
        upload = context.store.get(Upload, upload_id)
        if upload.state in {"committed", "completed"}:
            return upload
        found = assess(context, upload, within)
        added = found.tickets_by_event()
        if not added and upload.version < context.store.get(Upload, upload_id).version:
            # The rows are gone because somebody else committed them between our two looks.
            return work()
        if not added and upload.state == "received":
            raise InvalidValue("No row of this file can be added. Correct it, or discard it.")
        upload.commit(
            by,
            tickets={event: len(tickets) for event, tickets in added.items()},
            duplicates=len(found.duplicates),
            malformed=found.malformed_rows,
        )
        for event in sorted(set(added) - set(tokens)):
            tokens[event] = context.lock.acquire(event, wait_seconds=5)
        pools = [context.store.check_out(event, by) for event in sorted(added)]
        for pool in pools:
            pool.add_tickets(by, upload_id, added[pool.event_id])
        accepted = {staged.ticket_id: meaning.event_id for staged, meaning in found.accepted}
        # The pools first: whoever sees the commit in the log has seen the tickets.
        context.store.commit(
            *pools,
            upload,
            together=[context.tickets.commit(upload_id, accepted), context.files.settle(upload_id)],
        )
        for pool in pools:
            context.store.check_in(pool)
        return upload

    try:
        done = context.store.run(by, lambda: [UUID(upload_id)], work)
    finally:
        for event, token in tokens.items():
            if token:
                context.lock.release(event, token)
    return done or context.store.get(Upload, upload_id)


def discard(context: Context, by: By, upload_id: str, reason: str = "") -> Upload:
    """Delete the waiting rows. Raises IllegalTransition once the upload is committed."""

    def work() -> Upload:
        upload = context.store.get(Upload, upload_id)
        upload.discard(by, reason)
        context.store.commit(
            upload, together=[context.tickets.discard(upload_id), context.files.drop(upload_id)]
        )
        return upload

    done = context.store.run(by, lambda: [UUID(upload_id)], work)
    return done or context.store.get(Upload, upload_id)


def discard_expired(context: Context) -> int:
    """Rows wait at most 24 hours."""
    expired = context.files.expired(context.clock.now() - KEEP_ROWS)
    return each(
        context,
        "discard",
        [Named(upload_id) for upload_id in expired],
        lambda one: discard(
            context, context.by("system:retention", f"expire/{one.subject}"), one.subject, "older than 24 h"
        ),
    )


def withdraw(context: Context, by: By, upload_id: str, reason: str) -> Upload:
    """Take a committed upload back: what was not mailed is recalled, the rest is left and counted.

    Pre-orders return to their original place. Raises IllegalTransition, InvalidValue without a reason.
    """
    reason = reason_given(reason, most=500)

    def work() -> Upload:
        upload = context.store.get(Upload, upload_id)
        if upload.state == "withdrawn":
            return upload
        recalled: list[str] = []
        left = 0
        orders: list[PreOrder] = []
        intents: list[str] = []
        pools = [context.store.check_out(event, by) for event in sorted(upload.tickets)]
        for pool in pools:
            touched, kept = _recallable(context, pool, upload_id)
            left += kept
            for order in touched:
                intents.append(order.current_intent)
                order.revoke_assignment(by, assignment_id=order.assignment_id, reason="upload withdrawn")
            pool.revoke(by, [str(order.id) for order in touched], "upload withdrawn")
            for order in touched:
                if order.frozen:
                    pool.remove_order(by, str(order.id), "frozen")
            orders += touched
            free = [ticket for ticket in pool.tickets_of_upload(upload_id) if pool.is_free(ticket)]
            pool.void(by, free, reason)
            recalled += free
        upload.withdraw(by, reason=reason, recalled=len(recalled), left=left)
        context.store.commit(
            upload,
            *pools,
            *orders,
            together=[
                context.ledger.recall(intents),
                context.tickets.release(recalled),
                context.files.drop(upload_id),
            ],
        )
        for pool in pools:
            context.store.check_in(pool)
        return upload

    done = at_this_moment(lambda: context.store.run(by, lambda: [UUID(upload_id)], work))
    return done or context.store.get(Upload, upload_id)


def _recallable(context: Context, pool: TicketPool, upload_id: str) -> tuple[list[PreOrder], int]:
    """(pre-orders whose ticket nobody can know, number of tickets that stay where they are)."""
    holders = [
        pool.order_of[ticket] for ticket in pool.tickets_of_upload(upload_id) if ticket in pool.order_of
    ]
    orders = context.store.get_many(PreOrder, holders)
    note_what_leaves(context, list(orders.values()))
    touched = [order for order in orders.values() if order.unseen]
    return touched, len(holders) - len(touched)


def _plain_name(name: str) -> str:
    cleaned = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable())
    # It goes into the log, which can't forget anybody.
    return ADDRESS.sub("…", cleaned)[:120] or "upload.csv"
