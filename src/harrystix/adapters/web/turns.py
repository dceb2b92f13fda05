"""Readers get their turns in the order in which they came, as plain ASGI so that streams pass untouched."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

PLACES = 3
# Who takes longer waits for something else than a processor, and keeps nobody waiting.
PATIENCE = 0.05
READS = {"GET", "HEAD"}
# Asked by machines that draw conclusions from a late answer.
AT_ONCE = {"/healthz", "/readyz", "/metrics"}


class Turns:
    """A few requests are worked on at once; the next begins when one is done, or has taken its time.

    One interpreter works for one thread at a time. With many at once it gives its time to whoever comes to ask, and
    of two readers who came together one waits twice as long as the other.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._places = app, asyncio.Semaphore(PLACES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in READS or scope["path"] in AT_ONCE:
            await self._app(scope, receive, send)
            return
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        given_up = loop.call_later(PATIENCE, self._places.release)
        try:
            await self._app(scope, receive, send)
        finally:
            # From then on it is given back by the clock, if it is not already.
            if given_up.when() > loop.time():
                given_up.cancel()
                self._places.release()
