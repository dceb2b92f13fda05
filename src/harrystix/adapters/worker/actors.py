"""One actor a kind of work, ten lines at most."""

import threading
from collections.abc import Callable

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker

from harrystix.adapters.redis.broker import QUEUES
from harrystix.application.context import Context
from harrystix.application.handlers.sign_in import send_links
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.approved import carry_out as carry_out_approved
from harrystix.application.processes.bulk import carry_out as carry_out_jobs
from harrystix.application.processes.bulk_refunds import carry_out
from harrystix.application.processes.capture import batch_size, capture_due
from harrystix.application.processes.completion import complete_uploads
from harrystix.application.processes.erasing import erase_due
from harrystix.application.processes.inbox import news
from harrystix.application.processes.inbox import reports as read_reports
from harrystix.application.processes.looking import end_payments
from harrystix.application.processes.mailing import send_due
from harrystix.application.processes.pushing import push_due
from harrystix.application.processes.refunding import refund_due
from harrystix.application.processes.runs import enumerate_due
from harrystix.application.work import AT_THE_DESK, DESK, KINDS, WorkKind

log = structlog.get_logger()


class WorkFailed(Exception):
    """What the queue may know of a failure: its kind. Tracebacks can carry personal data."""


def register(broker: RedisBroker, context: Context) -> None:
    def match(event_id: str) -> None:
        allocate(context, event_id)

    def mail(_: str) -> None:
        send_due(context)

    def inbox(_: str) -> None:
        news(context)

    def reports(_: str) -> None:
        read_reports(context)

    def complete(_: str) -> None:
        complete_uploads(context)

    def run(_: str) -> None:
        enumerate_due(context)

    def capture(_: str) -> None:
        capture_due(context, context.payments, context.pace, batch=batch_size(context.pace.rate))

    def end_payment(_: str) -> None:
        end_payments(context)

    def refund(_: str) -> None:
        refund_due(context)

    def refunds(_: str) -> None:
        carry_out(context)

    def sign_in(_: str) -> None:
        send_links(context)

    def approved(_: str) -> None:
        carry_out_approved(context)

    def erase(_: str) -> None:
        erase_due(context, patience=1)

    def bulk(_: str) -> None:
        carry_out_jobs(context)

    def push(_: str) -> None:
        push_due(context)

    desk = threading.BoundedSemaphore(AT_THE_DESK)
    every = (
        match,
        mail,
        inbox,
        reports,
        complete,
        run,
        capture,
        end_payment,
        refund,
        refunds,
        sign_in,
        approved,
        erase,
        bulk,
        push,
    )
    for function in every:
        name = function.__name__
        dramatiq.actor(broker=broker, actor_name=name, queue_name=QUEUES[name])(
            _guarded(function, KINDS[name], desk)
        )


def _guarded(
    function: Callable[[str], None], kind: WorkKind, desk: threading.BoundedSemaphore
) -> Callable[[str], None]:
    """Keeps to the share of threads of its kind, and of all housekeeping together (`desk`).

    Whoever finds none free leaves it to those: they go on until nothing is left, and the sweep asks again.
    """
    places = [threading.BoundedSemaphore(kind.share)] if kind.share else []
    places += [desk] if kind.queue == DESK else []

    def run(subject: str) -> None:
        held: list[threading.BoundedSemaphore] = []
        try:
            for place in places:
                if not place.acquire(blocking=False):
                    return
                held.append(place)
            function(subject)
        except Exception as error:
            where = error.__traceback__
            while where and where.tb_next:
                where = where.tb_next
            place = f"{where.tb_frame.f_code.co_qualname}:{where.tb_lineno}" if where else "?"
            log.error("worker.failed", work=function.__name__, error=type(error).__name__, place=place)
            raise WorkFailed(f"{function.__name__}: {type(error).__name__}") from None
        finally:
            for place in held:
                place.release()

    return run
