"""The HTTP face of the sandbox Stripe: keys, form bodies, idempotency, limits and faults around the machine."""

import base64
import hashlib
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import stripe
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.sandbox.stripe import objects, visits
from harrystix.adapters.sandbox.stripe.deliver import Deliveries
from harrystix.adapters.sandbox.stripe.errors import Refused, invalid
from harrystix.adapters.sandbox.stripe.forms import parse
from harrystix.adapters.sandbox.stripe.machine import Machine
from harrystix.adapters.sandbox.stripe.routes import route
from harrystix.adapters.sandbox.stripe.store import Store

Body = dict[str, Any]
# What the endpoint of the webhooks was made with, as our how-to tells people to.
API_VERSION: str = stripe.api_version


class Stripe:
    """`limit`: requests a second in all, 0: no limit. Faults: what the next requests meet (see `fault`)."""

    def __init__(
        self,
        folder: Path,
        key: str,
        webhook_url: str = "",
        secret: str = "",
        limit: int = 0,
        kinds: Sequence[str] = (),
    ) -> None:
        self.store = Store(folder / "stripe.sqlite")
        self.deliveries = Deliveries(webhook_url, secret, kinds)
        self.machine = Machine(self.store, self._emit)
        self._keys = {f"Bearer {key}", "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        self._limit = limit
        self._recent: deque[float] = deque()
        self._idempotency_key: str | None = None
        self.faults: dict[str, int] = {}
        self.calls: dict[str, int] = {}
        # As if 25 hours lay between any two requests.
        self.forgetful = False

    def handle(self, method: str, path: str, query: Body, body: bytes, headers: Body) -> tuple[int, bytes]:
        """Status and body. Raises Dropped where the connection is to be cut."""
        if headers.get("authorization", "") not in self._keys:
            return 401, _error(invalid("Invalid API Key provided.", status=401))
        if self._too_fast():
            return 429, _error(Refused(429, "invalid_request_error", "Too many requests.", code="rate_limit"))
        if self._fault("error_before"):
            return 500, _error(Refused(500, "api_error", "Something went wrong on our side."))
        if self._fault("drop_before"):
            raise Dropped
        with self.store.guard:
            self.machine.base = f"http://{headers.get('host', '127.0.0.1')}"
            status, answer = self._once(method, path, query, body, headers)
        if self._fault("error_after"):
            return 500, _error(Refused(500, "api_error", "Something went wrong on our side."))
        if self._fault("drop_after"):
            raise Dropped
        return status, answer

    def _once(self, method: str, path: str, query: Body, body: bytes, headers: Body) -> tuple[int, bytes]:
        key = str(headers.get("idempotency-key") or "") if method == "POST" else ""
        request = hashlib.sha256(f"{method} {path} ".encode() + body).hexdigest()
        known = self.store.answer(key) if key else None
        if known:
            if known[0] != request:
                message = "Keys for idempotent requests can only be used with the same parameters."
                return 400, _error(Refused(400, "idempotency_error", message))
            return known[1], known[2]
        self._idempotency_key = key or None
        self.calls[f"{method} {path.split('/')[2]}"] = self.calls.get(f"{method} {path.split('/')[2]}", 0) + 1
        try:
            found = route(self.machine, method, path, query if method != "POST" else parse(body))
            status, answer = 200, orjson.dumps(found)
        except Refused as refused:
            status, answer = refused.status, _error(refused)
        if key and not self.forgetful and status != 404 and (status < 300 or status == 402):
            self.store.remember(key, request, status, answer)
        return status, answer

    def _emit(self, kind: str, thing: Body, before: Body | None = None) -> None:
        event_id = self.store.new_id("evt")
        made = objects.event(event_id, kind, thing, API_VERSION, self._idempotency_key, before)
        self.deliveries.send(self.store.put(made))

    def _fault(self, name: str) -> bool:
        left = self.faults.get(name, 0)
        self.faults[name] = max(0, left - 1)
        return left > 0

    def _too_fast(self) -> bool:
        if self._fault("rate_limit"):
            return True
        now = time.monotonic()
        while self._recent and self._recent[0] < now - 1:
            self._recent.popleft()
        if self._limit and len(self._recent) >= self._limit:
            return True
        self._recent.append(now)
        return False


class Dropped(Exception):
    """The connection ends without an answer."""


def create(
    folder: Path,
    key: str,
    webhook_url: str = "",
    secret: str = "",
    limit: int = 0,
    kinds: Sequence[str] = (),
) -> FastAPI:
    """`kinds`: what the webhook is subscribed to; none: everything."""
    stripe = Stripe(folder, key, webhook_url, secret, limit, kinds)
    stripe.deliveries.start()
    app = FastAPI(title="Sandbox Stripe", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.stripe = stripe
    visits.install(app, stripe.machine)

    @app.put("/sandbox/faults")
    async def faults(request: Request) -> dict[str, Any]:
        """`requests`, `webhooks`: name -> number; `declines`: customer -> card alias; `forget`: answers, once;

        `forgetful`: never keep any."""
        wanted: Any = orjson.loads(await request.body())
        stripe.faults.update(wanted.get("requests") or {})
        stripe.deliveries.faults.update(wanted.get("webhooks") or {})
        stripe.machine.declines.update(wanted.get("declines") or {})
        stripe.forgetful = bool(wanted.get("forgetful", stripe.forgetful))
        if wanted.get("forget"):
            stripe.store.forget_answers()
        return {"requests": stripe.faults, "webhooks": stripe.deliveries.faults}

    @app.get("/sandbox/count")
    async def count() -> dict[str, int]:
        """How often money moved, and how many webhooks are still to be delivered."""
        return {"charges": stripe.store.charged(), "undelivered": stripe.deliveries.waiting()}

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "DELETE"])
    async def api(request: Request, path: str) -> Response:
        body = await request.body()
        headers = {name.lower(): value for name, value in request.headers.items()}
        query = parse(request.url.query)
        try:
            status, answer = await run_in_threadpool(
                stripe.handle, request.method, f"/v1/{path}", query, body, headers
            )
        except Dropped:
            return _Cut()
        return Response(answer, status, media_type="application/json", headers={"Request-Id": "req_sandbox"})

    return app


class _Cut(Response):
    """Promises more bytes than it sends, so the client sees a broken connection."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": False})


def _error(refused: Refused) -> bytes:
    return orjson.dumps({"error": refused.error})
