"""A NUL character is in no name and no id of ours, and no database keeps one: such a URL is refused."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from harrystix.adapters.web.problems import told


class NoNul:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            answer = told(Request(scope), 400, "nul", "The address contains a NUL character.")
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
