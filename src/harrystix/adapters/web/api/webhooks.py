"""Providers' messages: verified, stored, answered; worked on afterwards."""

from typing import Any, cast

import orjson
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from harrystix.adapters.postmark import webhook as postmark
from harrystix.adapters.stripe import webhook as stripe
from harrystix.adapters.web.answers import problem_described
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes

REFUSED: dict[int | str, dict[str, Any]] = {
    400: problem_described("The signature does not fit, or the body is no event."),
    401: problem_described("Wrong name or password."),
    413: problem_described("The body is too large."),
    422: problem_described("The body is not a message of this provider."),
}


def _takes(**properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


TEXT, NAMED = {"type": "string"}, {"type": "object"}
STRIPE = _takes(
    id=TEXT, type=TEXT, livemode={"type": "boolean"}, data={"type": "object", "properties": {"object": NAMED}}
)
POSTMARK = _takes(
    RecordType={"enum": ["Delivery", "Bounce", "SpamComplaint", "Open"]}, MessageID=TEXT, Type=TEXT
)
router = Routes(prefix="/webhooks", tags=["webhooks"], responses=REFUSED, default_response_class=Response)
MAX_BODY = 512 * 1024


@router.post("/stripe", status_code=200, openapi_extra=STRIPE)
async def stripe_webhook(request: Request) -> Response:
    own, body = parts(request), await _body(request)
    header = request.headers.get("Stripe-Signature", "")
    return await run_in_threadpool(_stripe, own, body, header)


def _stripe(own: Parts, body: bytes, header: str) -> Response:
    try:
        event = stripe.verify(
            body, header, own.settings.stripe_secrets, livemode=own.settings.stripe_livemode
        )
    except stripe.Refused as refused:
        raise HTTPException(400, str(refused)) from None
    if own.context.inbox.add("stripe", event["id"], str(event.get("type", "")), stripe.hint(event)):
        own.context.nudge.send("inbox", "")
    return Response(status_code=200)


@router.post("/postmark", status_code=200, openapi_extra=POSTMARK)
async def postmark_webhook(request: Request) -> Response:
    own, settings = parts(request), parts(request).settings
    password = settings.postmark_webhook_password.get_secret_value()
    if not postmark.authorised(
        request.headers.get("Authorization"), settings.postmark_webhook_user, password
    ):
        raise HTTPException(401, "Wrong name or password.", {"WWW-Authenticate": "Basic"})
    return await run_in_threadpool(_postmark, own, await _body(request))


def _postmark(own: Parts, body: bytes) -> Response:
    try:
        message: Any = orjson.loads(body)
        found = postmark.read(cast("dict[str, Any]", message))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise HTTPException(422, "The body is not a Postmark message.") from None
    if found and own.context.inbox.add("postmark", *found):
        own.calm.send("reports", "")
    return Response(status_code=200)


async def _body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise HTTPException(413, "The body is too large.")
        chunks.append(chunk)
    return b"".join(chunks)
