"""Following pages: one look for all, and an end to how many one person can follow."""

import asyncio
from contextlib import ExitStack

import pytest

from harrystix.adapters.web.pulse import EACH, Pulse
from harrystix.application.handlers.staff import TooOften
from tests.loops import apart
from tests.people import Person
from tests.world import World


def test_many_who_follow_look_once(here: World) -> None:
    looks: list[str] = []

    class Counting:
        def one(self, query: str) -> tuple[int]:
            looks.append(query)
            return (7,)

    pulse = Pulse(Counting())  # type: ignore[arg-type]

    async def all_at_once() -> list[str]:
        return list(await asyncio.gather(*(pulse.position() for _ in range(50))))

    assert apart(all_at_once()) == ["7"] * 50 and len(looks) == 1


def test_who_follows_too_many_pages_is_told_so_and_others_are_not(here: World) -> None:
    pulse = Pulse(here.system.database)
    with ExitStack() as open_still:
        for _ in range(EACH):
            open_still.enter_context(pulse.following("staff:kim"))
        with pytest.raises(TooOften):
            pulse.refuse_more("staff:kim")
        pulse.refuse_more("staff:lee")
    pulse.refuse_more("staff:kim")


def test_a_stream_that_ended_counts_no_more(online: World) -> None:
    kim = Person.at_work(online, "owner")
    for _ in range(EACH + 3):
        with kim.calls("GET", "/admin/live", headers={"Accept": "text/event-stream"}, stream=True) as answer:
            assert answer.status_code == 200
            next(answer.iter_lines())
