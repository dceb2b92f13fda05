"""How much a request may bring, and how long it may take to bring it. Files have their own, larger limit."""

import time
from asyncio import timeout

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harrystix.adapters.web.problems import told
from harrystix.application.csv_file import MAX_BYTES

BODY = 256 * 1024
# Messages of providers carry whole objects.
MESSAGE = 1024 * 1024
# Four routes take files; with what a form adds around them.
FILES = {"/api/admin/tickets/upload", "/api/admin/orders/import", "/admin/uploads"}
FILE = MAX_BYTES + 256 * 1024


def takes_file(path: str) -> bool:
    return path in FILES or (path.startswith("/admin/event/") and path.endswith("/picture"))


class Limits:
    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        most = FILE if takes_file(path) else MESSAGE if path.startswith("/webhooks/") else BODY
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and (len(declared) > 12 or int(declared) > most):
            answer = told(Request(scope), 413, "too_large", _too_large(path))
            await answer(scope, receive, send)
            return
        until, size, done = time.monotonic() + self._seconds, 0, False

        async def counted() -> Message:
            """Once it is all there, waiting means waiting for the client to go away, which takes its time."""
            nonlocal size, done
            if done:
                return await receive()
            try:
                async with timeout(max(0.0, until - time.monotonic())):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408, "The request took too long to arrive.", {"Connection": "close"}
                ) from None
            size += len(message.get("body", b""))
            if size > most:
                raise HTTPException(413, _too_large(path))
            done = not message.get("more_body", False)
            return message

        await self._app(scope, counted, send)


def _too_large(path: str) -> str:
    return "The selected file must be smaller than 5 MB." if takes_file(path) else "The request is too large."
