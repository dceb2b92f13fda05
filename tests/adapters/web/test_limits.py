"""How much a request may bring, and how long it may take."""

import socket
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from harrystix.adapters.web import limits
from tests.world import Servers, World, world


def test_a_body_over_the_limit_is_refused_declared_or_not(online: World) -> None:
    large = b"x" * (limits.BODY + 1)
    for data in (large, (large[i : i + 65536] for i in range(0, len(large), 65536))):
        answer = requests.post(f"{online.web}/api/sign-in/link", data=data, timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    message = b"x" * (limits.MESSAGE + 1)
    assert requests.post(f"{online.web}/webhooks/stripe", data=message, timeout=10).status_code == 413


def test_a_body_as_deep_and_full_as_may_be_holds_nobody_up(online: World) -> None:
    deep = "[" * 900 + ",".join(['"a"'] * 60_000) + "]" * 900
    assert len(deep) < limits.BODY
    started = time.process_time()
    answer = requests.post(
        f"{online.web}/api/sign-in/link",
        data=f'{{"email":"a@b.example","x":{deep}}}'.encode(),
        headers={"Content-Type": "application/json"},
        timeout=20,
    )
    assert answer.status_code == 422
    # Seconds of work when every level was a generator of its own; of work, since the clock also counts the others.
    assert time.process_time() - started < 2


def test_a_file_may_be_larger_up_to_its_own_limit(online: World) -> None:
    headers = {"Content-Type": "text/csv"}
    content = b"Event,Variant,Email,Password\n" + b"a,b,c@d.example,e\n" * 100_000
    answer = online.call(
        "POST", "/api/admin/tickets/upload", online.key("admin"), data=content, headers=headers
    )
    # It was read to its end, and refused for its rows.
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")


@pytest.fixture
def hasty(servers: Servers, tmp_path: Path) -> Generator[World]:
    with world(servers, tmp_path, web=True, request_seconds=0.3) as made:
        yield made


def test_a_body_that_drips_in_is_given_up(hasty: World) -> None:
    where = urlsplit(hasty.web)
    with socket.create_connection((str(where.hostname), where.port or 0), timeout=10) as line:
        head = f"POST /api/sign-in/link HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 1000\r\n\r\n"
        line.sendall(head.encode())
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.05):
                try:
                    line.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        started = time.monotonic()
        answer = line.recv(4096)
        stop.set()
        thread.join(2)
    assert answer.startswith(b"HTTP/1.1 408") and time.monotonic() - started < 5


def test_a_hundred_wishes_to_reconcile_are_one_piece_of_work(online: World) -> None:
    event, key = online.event(), online.key("admin")
    before = len(online.context.nudge.sent)
    with ThreadPoolExecutor(20) as threads:
        path = f"/api/admin/events/{event.id}/reconcile"
        answers = list(threads.map(online.call, ["POST"] * 100, [path] * 100, [key] * 100))
    assert {answer.status_code for answer in answers} == {202}
    deadline = time.monotonic() + 5
    while len(online.context.nudge.sent) == before:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert online.context.nudge.sent[before:].count(("match", str(event.id))) <= 3
