"""What the other processes are held to as well, with those that no payment or mail of a ticket goes through.

Of ten items the third is poison: nine are done, and it as well once it is none. The provider is away for ten minutes:
all are done afterwards. A restart in the middle: all are done.
"""

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from harrystix.application.handlers import erasing, sign_in, staff
from harrystix.application.processes.allocation import allocate
from harrystix.application.processes.erasing import erase_due
from harrystix.application.processes.forgetting import KEEP_UNPAID, forget_due
from harrystix.application.processes.pushing import push_due
from harrystix.domain.pre_order import PreOrder
from harrystix.domain.pre_order_events import Status
from tests.application.processes.test_work import POISON, TEN, failing
from tests.money import announced, get, members, ordered
from tests.people import later
from tests.push_service import PushService, push_service
from tests.world import World


class Killed(BaseException):
    """The process is gone."""


class Process:
    """One kind of work, with ten items."""

    items: list[str]
    rounds = 4

    def __init__(self, here: World) -> None:
        self.here = here

    def ready(self) -> list[str]:
        """Ten items, by the names that what the hook is called with has."""
        raise NotImplementedError

    def hook(self) -> tuple[Any, str]:
        """(object, method) that is called for each item."""
        raise NotImplementedError

    def run(self) -> None:
        """As a worker does it once."""
        raise NotImplementedError

    def done(self) -> list[bool]:
        raise NotImplementedError

    def away(self, gone: bool) -> None:
        """The provider, if there is one."""


class Allocation(Process):
    """An item is an event, and each has a message of its own."""

    def ready(self) -> list[str]:
        events = [self.here.event(f"E{n} Night") for n in range(TEN)]
        for number, event in enumerate(events):
            self.here.paid(event, 1, prefix=f"e{number}m")
            self.here.committed(self.here.file(event, 1))
        self.here.follow()
        return [str(event.id) for event in events]

    def hook(self) -> tuple[Any, str]:
        return self.here.system.store, "check_out"

    def run(self) -> None:
        for event in self.items:
            with suppress(Exception):
                allocate(self.here.context, event)

    def done(self) -> list[bool]:
        self.here.follow()
        rows = self.here.system.database.all(
            "SELECT event_id::text FROM reporting.pre_orders WHERE status = 'assigned'"
        )
        return [(event,) in rows for event in self.items]


class Erasing(Process):
    # What one of them changes, the others have to see in the lists first.
    rounds = 25

    def ready(self) -> list[str]:
        self.orders = ordered(self.here, announced(self.here), TEN)
        people = members(self.here, TEN)
        for member, order in zip(people, self.orders, strict=True):
            self.here.context.customers.keep(member, get(self.here, order).customer_id)
            erasing.order(self.here.context, self.here.context.by("staff:kim"), member, origin="desk")
        return people

    def hook(self) -> tuple[Any, str]:
        return self.here.context.erasures, "enter"

    def run(self) -> None:
        erase_due(self.here.context)

    def done(self) -> list[bool]:
        known = self.here.context.members.reveal(self.items)
        finished = self.here.context.erasures.finished()
        orders = [get(self.here, order).status is Status.ERASED for order in self.orders]
        return [
            order and member in finished and member not in known
            for order, member in zip(orders, self.items, strict=True)
        ]

    def away(self, gone: bool) -> None:
        self.here.context.removals._url = "http://127.0.0.1:9" if gone else self.here.sandbox.rstrip("/")


class Forgetting(Process):
    """Unpaid pre-orders, long after their night."""

    def ready(self) -> list[str]:
        found = ordered(self.here, announced(self.here), TEN)
        later(self.here, days=20 + KEEP_UNPAID.days + 1)
        return found

    def hook(self) -> tuple[Any, str]:
        return self.here.system.store, "get"

    def run(self) -> None:
        forget_due(self.here.context)

    def done(self) -> list[bool]:
        return [order.status is Status.ERASED for order in self._orders()]

    def _orders(self) -> list[PreOrder]:
        return list(self.here.system.store.get_many(PreOrder, self.items).values())


class Pushing(Process):
    """Ten members with one device each, who have been mailed a ticket."""

    service: PushService

    def ready(self) -> list[str]:
        object.__setattr__(self.here.system.settings, "push_hosts", self.service.host)
        event = self.here.event()
        self.here.paid(event, TEN)
        self.here.follow()
        devices = [f"http://{self.service.host}/wpush/{number}" for number in range(TEN)]
        people = self.here.system.database.all(
            "SELECT member_id::text, id::text FROM reporting.pre_orders ORDER BY 1"
        )
        self.orders = [str(order) for _, order in people]
        for (member, _), endpoint in zip(people, devices, strict=True):
            self.here.context.push.add(str(member), replace(self.service.device, endpoint=endpoint))
        self.here.committed(self.here.file(event, TEN))
        self.here.settle()
        return devices

    def hook(self) -> tuple[Any, str]:
        return self.here.context.pusher, "send"

    def run(self) -> None:
        push_due(self.here.context)

    def done(self) -> list[bool]:
        told = [got["url"].split("#")[1] for got in self.service.got]
        return [order in told for order in self.orders]


class Links(Process):
    """Members who want to sign in."""

    def ready(self) -> list[str]:
        found = [f"m{number}@uni.example" for number in range(TEN)]
        for email in found:
            self.here.context.people.links.request(email)
        return found

    def hook(self) -> tuple[Any, str]:
        return self.here.context.people.links, "make"

    def run(self) -> None:
        sign_in.send_links(self.here.context)

    def done(self) -> list[bool]:
        reached = {mail["To"][0]["Email"] for mail in self.here.mails()}
        return [email in reached for email in self.items]

    def away(self, gone: bool) -> None:
        self.here.fault(unavailable=10**6 if gone else 0)


class Invitations(Links):
    """People who were invited to the staff."""

    def ready(self) -> list[str]:
        found = [f"s{number}@staff.example" for number in range(TEN)]
        for number, email in enumerate(found):
            by = self.here.context.by("staff:owner", f"invite/{number}")
            one = staff.invite(self.here.context, by, email=email, name=f"S {number}", role="support")
            staff.send_invitation(self.here.context, one)
        return found


ALL = [Allocation, Erasing, Forgetting, Pushing, Links, Invitations]
WITH_PROVIDER = [Erasing, Links, Invitations]


@pytest.fixture
def process(here: World, request: pytest.FixtureRequest) -> Generator[Process]:
    with push_service() as service:
        made: Process = request.param(here)
        if isinstance(made, Pushing):
            made.service = service
        made.items = made.ready()
        here.follow()
        yield made


def rounds(process: Process, count: int = 0, wanted: int = TEN) -> None:
    """A few, each as if leases and delays were over, until so many are done."""
    for _ in range(count or process.rounds):
        if sum(process.done()) == wanted:
            return
        for change in (
            "UPDATE app.failed_work SET next_try_at = now()",
            "UPDATE reporting.due_work SET leased_until = '-infinity'",
            "UPDATE vault.sign_in_requests SET not_before = now()",
            "UPDATE app.push_due SET not_before = now()",
            "UPDATE app.outages SET next_try_at = now()",
        ):
            process.here.system.database.execute(change)
        process.here.follow()
        process.run()
    process.here.follow()


def names(values: tuple[Any, ...]) -> set[str]:
    return {str(getattr(value, "endpoint", value)) for value in values}


def poisoned(real: Callable[..., Any], poison: str) -> Callable[..., Any]:
    def call(*values: Any, **more: Any) -> Any:
        if poison in names(values):
            raise RuntimeError
        return real(*values, **more)

    return call


@pytest.mark.parametrize("process", ALL, indirect=True, ids=lambda kind: kind.__name__)
def test_nine_are_done_where_the_third_is_poison_and_it_as_well_once_it_is_none(process: Process) -> None:
    owner, name = process.hook()
    real = getattr(owner, name)
    setattr(owner, name, poisoned(real, process.items[POISON]))
    rounds(process, wanted=TEN - 1)
    assert process.done() == [number != POISON for number in range(TEN)]
    setattr(owner, name, real)
    for parked in process.here.context.failures.parked(TEN):
        assert process.here.context.failures.retry(parked.kind, parked.subject)
    rounds(process)
    assert process.done() == [True] * TEN
    assert failing(process.here) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("process", ALL, indirect=True, ids=lambda kind: kind.__name__)
def test_after_a_restart_in_the_middle_all_are_done(process: Process, after: bool) -> None:
    owner, name = process.hook()
    real = getattr(owner, name)

    def dies(*values: Any, **more: Any) -> Any:
        if process.items[5] not in names(values):
            return real(*values, **more)
        if after:
            real(*values, **more)
        raise Killed

    setattr(owner, name, dies)
    with pytest.raises(Killed):
        rounds(process, 1)
    # Whoever it was that it died after may have been the last one.
    assert after or False in process.done()
    setattr(owner, name, real)
    rounds(process)
    assert process.done() == [True] * TEN
    assert failing(process.here) == []


@pytest.mark.parametrize("process", WITH_PROVIDER, indirect=True, ids=lambda kind: kind.__name__)
def test_after_ten_minutes_without_the_provider_all_are_done(process: Process) -> None:
    process.away(True)
    rounds(process, 10)
    assert process.done() == [False] * TEN
    process.away(False)
    rounds(process)
    assert process.done() == [True] * TEN
