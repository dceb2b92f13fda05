"""Live pages: a stream that sends a piece of the page anew whenever the read models have moved on.

Each message carries the whole piece, so a lost one, or a cut stream, is healed by the next.
"""

import time
from asyncio import sleep as pause
from collections.abc import AsyncIterator, Callable

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.pulse import PAUSE

# A sign of life where nothing changes, so that proxies and people know.
ALIVE = 15.0
# Then the page comes again, and its right to is looked at again.
LONGEST = 20.0
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def stream(
    request: Request, who: Caller, draw: Callable[[], str], finished: Callable[[], bool] | None = None
) -> StreamingResponse:
    """`draw` makes the piece; `finished` ends the stream with an event of that name, after a last piece.

    The id of a message is the position in the log, so a page that comes back with it gets news only.
    Raises TooOften for who follows a lot of pages already.
    """
    pulse = parts(request).pulse
    pulse.refuse_more(who.actor)

    async def messages() -> AsyncIterator[str]:
        with pulse.following(who.actor):
            seen = request.headers.get("last-event-id", "")
            started = said = time.monotonic()
            while time.monotonic() - started < LONGEST and not await request.is_disconnected():
                now = await pulse.position()
                if now != seen:
                    over = finished is not None and await run_in_threadpool(finished)
                    yield message(await run_in_threadpool(draw), now)
                    seen, said = now, time.monotonic()
                    if over:
                        yield "event: finished\ndata:\n\n"
                        return
                elif time.monotonic() - said > ALIVE:
                    yield ": still here\n\n"
                    said = time.monotonic()
                await pause(PAUSE)

    return StreamingResponse(messages(), 200, HEADERS, "text/event-stream")


def message(html: str, number: str) -> str:
    data = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
    return f"id: {number}\n{data}\n"
