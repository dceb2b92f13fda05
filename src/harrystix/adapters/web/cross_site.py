"""No other site makes a signed-in browser change anything: Fetch Metadata first, then Origin.

Keys and providers' signatures are not sent by browsers on their own, so those requests pass.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from harrystix.adapters.web.problems import told

SAFE = {"GET", "HEAD", "OPTIONS"}


class SameSiteOnly:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _passes(scope):
            why = "This came from another site, and was not carried out."
            answer = told(Request(scope), 403, "cross_site", why)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _passes(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    if scope["method"] in SAFE or scope["path"].startswith("/webhooks/") or "authorization" in headers:
        return True
    if site := headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    # Neither: not a browser, which sends at least one of them with anything that changes something.
    try:
        return origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False
