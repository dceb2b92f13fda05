"""Keyset cursors: opaque, signed, in Link headers (RFC 8288)."""

import base64
import hmac
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response
from starlette.exceptions import HTTPException

from harrystix.adapters.secrets import same

Limit = Annotated[int, Query(ge=1, le=200, description="Rows a page, at most 200.")]
Cursor = Annotated[str | None, Query(max_length=500, description="From the Link header of the page before.")]


class Cursors:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def encode(self, request: Request, *values: Any, path: str = "") -> str:
        """`path`: of the list, where it is shown in answer to another request than its own."""
        content = orjson.dumps(values)
        mark = self._mark(path or request.url.path, content)
        return base64.urlsafe_b64encode(mark + content).decode().rstrip("=")

    def decode(self, request: Request, cursor: str) -> list[Any]:
        """Raises 400 for a cursor that is not ours, or another list's."""
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            raw = b""
        if len(raw) < 9 or not same(raw[:8], self._mark(request.url.path, raw[8:])):
            raise HTTPException(400, "The cursor is not valid. Start from the first page.")
        return list(orjson.loads(raw[8:]))

    def _mark(self, path: str, content: bytes) -> bytes:
        return hmac.digest(self._key, path.encode() + b"\0" + content, sha256)[:8]


def link_next(request: Request, response: Response, cursor: str) -> None:
    url = request.url.include_query_params(cursor=cursor)
    response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
