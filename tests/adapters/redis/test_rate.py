"""The shared pace and the circuit breaker, on a real Valkey."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from harrystix.adapters.redis import rate
from harrystix.adapters.redis.rate import RedisPace
from harrystix.application.payment_ports import Later
from tests.world import Servers

DEAD = "redis://127.0.0.1:1/0"
REST = 30


def made(servers: Servers, per_second: float = 0, name: str = "") -> RedisPace:
    return RedisPace(servers.valkey.url, per_second, name or uuid4().hex, REST)


def test_several_workers_share_one_pace(servers: Servers) -> None:
    name = uuid4().hex
    workers = [made(servers, 100, name) for _ in range(4)]
    started = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(workers[n % 4].wait, "create") for n in range(100 + rate.BURST)]:
            future.result()
    assert 0.9 < time.monotonic() - started < 1.6


def test_each_kind_of_call_has_its_own_pace(servers: Servers) -> None:
    pace = made(servers, 20)
    started = time.monotonic()
    for what in ("create", "confirm"):
        for _ in range(rate.BURST):
            pace.wait(what)
    assert time.monotonic() - started < 0.2


def test_without_a_limit_nobody_waits(servers: Servers) -> None:
    pace = made(servers)
    started = time.monotonic()
    for _ in range(100):
        pace.wait("create")
    assert time.monotonic() - started < 1


def test_when_most_calls_fail_everybody_pauses_until_a_person_or_time_says_go_on(servers: Servers) -> None:
    name = uuid4().hex
    one, other = made(servers, 0, name), made(servers, 0, name)
    for _ in range(rate.FEWEST):
        one.tell("confirm", "failed")
    assert 0 < other.paused() <= REST
    with pytest.raises(Later):
        other.wait("create")
    other.resume()
    one.wait("create")


def test_a_few_failures_among_many_successes_do_not_stop_anybody(servers: Servers) -> None:
    pace = made(servers)
    for number in range(60):
        pace.tell("confirm", "failed" if number % 5 == 4 else "ok")
    assert pace.paused() == 0


def test_calls_that_work_do_not_hide_those_of_another_kind_that_fail(servers: Servers) -> None:
    pace = made(servers)
    for _ in range(rate.FEWEST):
        pace.tell("create", "ok")
        pace.tell("confirm", "failed")
    assert pace.paused() > 0


def test_when_nearly_every_card_is_declined_something_else_is_wrong(servers: Servers) -> None:
    pace = made(servers)
    for _ in range(rate.FEWEST_DECLINED):
        pace.tell("confirm", "declined")
    assert pace.paused() > REST


def test_without_redis_a_process_keeps_to_its_share() -> None:
    pace = RedisPace(DEAD, 400)
    pace._client.connection_pool.connection_kwargs["retry"] = None  # pyright: ignore[reportPrivateUsage]
    pace.tell("confirm", "failed")
    assert pace.paused() == 0
    started = time.monotonic()
    for _ in range(3):
        pace.wait("create")
    assert time.monotonic() - started >= 2 / (400 / rate.SHARE)
