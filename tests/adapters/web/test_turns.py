"""Readers in the order in which they came, and nobody waits for a slow one."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from harrystix.adapters.web.turns import PLACES, Turns
from tests.loops import apart


class Work:
    """Requests that last until they are let go; `begun` and `done` in the order in which it happened."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self._gates: dict[str, asyncio.Event] = {}
        self.app = Turns(self._answer)

    def ask(self, path: str, method: str = "GET") -> "asyncio.Task[None]":
        self._gates[path] = asyncio.Event()
        scope = {"type": "http", "method": method, "path": path}
        return asyncio.ensure_future(self.app(scope, _never, _nowhere))

    def finish(self, path: str) -> None:
        self._gates[path].set()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.begun.append(path)
        await self._gates[path].wait()
        self.done.append(path)
        if path == "/broken":
            raise RuntimeError("broken")


async def _never() -> dict[str, str]:
    raise AssertionError("nobody reads")


async def _nowhere(_: object) -> None:
    raise AssertionError("nobody writes")


async def _a_moment() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def paths(count: int) -> list[str]:
    return [f"/{number}" for number in range(count)]


def test_the_next_one_begins_when_one_is_done_in_the_order_of_coming() -> None:
    async def run() -> None:
        work, asked = Work(), paths(PLACES + 3)
        tasks = [work.ask(path) for path in asked]
        await _a_moment()
        assert work.begun == asked[:PLACES]
        for number in (1, 0):
            work.finish(asked[number])
            await _a_moment()
        assert work.begun == asked[: PLACES + 2]
        for path in asked:
            work.finish(path)
        await asyncio.gather(*tasks)
        assert work.begun == asked

    apart(run())


def test_who_takes_long_keeps_nobody_waiting_and_gives_back_once() -> None:
    async def run() -> None:
        work, slow = Work(), paths(PLACES)
        tasks = [work.ask(path) for path in slow]
        await _a_moment()
        # They hold every place for ever; these come by when the clock says so.
        late = [work.ask(f"/late/{number}") for number in range(PLACES)]
        for number in range(PLACES):
            work.finish(f"/late/{number}")
        await asyncio.gather(*late)
        assert work.done == [f"/late/{number}" for number in range(PLACES)]
        for path in slow:
            work.finish(path)
        await asyncio.gather(*tasks)
        # No place was lost, and none was made.
        more = [work.ask(f"/more/{number}") for number in range(PLACES + 1)]
        await _a_moment()
        assert work.begun[2 * PLACES :] == [f"/more/{number}" for number in range(PLACES)]
        for number in range(PLACES + 1):
            work.finish(f"/more/{number}")
        await asyncio.gather(*more)

    apart(run())


def test_a_request_that_breaks_gives_its_place_back() -> None:
    async def run() -> None:
        work = Work()
        for _ in range(PLACES + 1):
            broken = work.ask("/broken")
            work.finish("/broken")
            with pytest.raises(RuntimeError):
                await broken

    apart(run())


@pytest.mark.parametrize(
    ("path", "method"), [("/healthz", "GET"), ("/readyz", "GET"), ("/webhooks/stripe", "POST")]
)
def test_what_changes_something_or_is_asked_by_machines_waits_for_no_reader(path: str, method: str) -> None:
    async def run() -> None:
        work = Work()
        tasks = [work.ask(one) for one in paths(PLACES)]
        await _a_moment()
        urgent = work.ask(path, method)
        await _a_moment()
        assert path in work.begun
        for one in (*paths(PLACES), path):
            work.finish(one)
        await asyncio.gather(*tasks, urgent)

    apart(run())
