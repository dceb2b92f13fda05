"""The sandbox Postmark: the HTTP API that we use, its error codes, faults on demand, webhooks, and a page."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from harrystix.adapters.sandbox.extras import install_faults, install_removals
from harrystix.adapters.sandbox.faults import Faults
from harrystix.adapters.sandbox.outbox import Outbox
from harrystix.adapters.sandbox.pages import message_page, outbox_page
from harrystix.adapters.sandbox.reports import Reports
from harrystix.adapters.sandbox.templates import install_templates, refusal

MAX_BATCH = 500


def create(
    folder: Path,
    token: str,
    webhook_url: str = "",
    webhook_auth: tuple[str, str] = ("", ""),
    rate: float = 50.0,
    delay: float = 1.0,
    templates: Mapping[str, Mapping[str, str]] | None = None,
) -> FastAPI:
    """`templates`: those that are there already, by alias, in the words of Postmark's API."""
    known: dict[str, dict[str, Any]] = {a: dict(words) for a, words in (templates or {}).items()}
    outbox, faults = Outbox(folder / "outbox.sqlite"), Faults()
    reports = Reports(outbox, faults, webhook_url, webhook_auth, rate, delay)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        task = asyncio.create_task(reports.run())
        yield
        task.cancel()

    app = FastAPI(title="Sandbox Postmark", docs_url=None, redoc_url=None, lifespan=lifespan)

    async def accept(request: Request, key: str | None, *, template: bool) -> Response:
        if request.headers.get("X-Postmark-Server-Token") != token:
            return refusal(401, 10, "No Account or Server API tokens were supplied or they are wrong.")
        refused = await _fault(faults)
        if refused:
            return refused
        body: Any = orjson.loads(await request.body())
        found: Any = body[key] if key else body
        many = isinstance(found, list)
        messages = cast("list[dict[str, Any]]", found if many else [found])
        if len(messages) > MAX_BATCH:
            return refusal(422, 410, f"You may send at most {MAX_BATCH} messages in a batch.")
        if any(str(message.get("To", "")) in faults.choke_on for message in messages):
            return refusal(500, 500, "Internal server error.")
        problems = [_problem(message, faults, known if template else None) for message in messages]
        good = [m for m, problem in zip(messages, problems, strict=True) if problem is None]
        ids = iter(outbox.take(good))
        now = datetime.now(UTC).isoformat()
        answers = [
            {"ErrorCode": problem[0], "Message": problem[1]}
            if problem
            else {"To": m["To"], "SubmittedAt": now, "MessageID": next(ids), "ErrorCode": 0, "Message": "OK"}
            for m, problem in zip(messages, problems, strict=True)
        ]
        _delayed(answers, faults)
        if faults.next("error_after"):
            return refusal(500, 500, "Internal server error.")
        if faults.next("timeout_after"):
            await asyncio.sleep(faults.timeout_seconds)
        if faults.slow_seconds:
            await asyncio.sleep(faults.slow_seconds)
        if many:
            return Response(orjson.dumps(answers), media_type="application/json")
        status = 422 if answers[0].get("ErrorCode") else 200
        return JSONResponse(answers[0], status)

    @app.post("/email")
    @app.post("/email/batch")
    async def _email(request: Request) -> Response:
        return await accept(request, None, template=False)

    @app.post("/email/withTemplate")
    @app.post("/email/withTemplate/")
    @app.post("/email/batchWithTemplates")
    @app.post("/email/batchWithTemplates/")
    async def _template(request: Request) -> Response:
        return await accept(request, "Messages" if "batch" in request.url.path else None, template=True)

    @app.get("/messages/outbound")
    async def _search(request: Request) -> Response:
        if request.headers.get("X-Postmark-Server-Token") != token:
            return refusal(401, 10, "Wrong token.")
        return _search_answer(outbox, faults, dict(request.query_params))

    install_templates(app, known, token)

    install_removals(app, outbox, token)

    install_faults(app, faults)

    @app.get("/sandbox/count")
    async def _count() -> dict[str, int]:
        return {"accepted": outbox.count()}

    @app.get("/", response_class=HTMLResponse)
    async def _page(to: str = "", offset: int = 0) -> str:
        total, found = outbox.find({"recipient": to} if to else {}, 50, offset)
        return outbox_page(total, found, to, offset)

    @app.get("/message/{message_id}", response_class=HTMLResponse)
    async def _message(message_id: str) -> Response:
        found = outbox.get(message_id)
        if found is None:
            return HTMLResponse("There is no such mail.", 404)
        return HTMLResponse(message_page(found, known.get(found["Template"], {})))

    return app


def _delayed(answers: list[dict[str, Any]], faults: Faults) -> None:
    for answer in answers if faults.no_code else ():
        if answer.get("MessageID"):
            del answer["ErrorCode"]
            answer["Message"] = "Message accepted, but delivery may be delayed."


def _search_answer(outbox: Outbox, faults: Faults, query: dict[str, str]) -> Response:
    count, offset = int(query.pop("count", "50")), int(query.pop("offset", "0"))
    if count + offset > 10_000:
        return refusal(422, 701, "Count and offset cannot exceed 10,000 messages. Use todate and fromdate.")
    total, found = outbox.find(query, min(count, 500), offset)
    if faults.next("blind_searches"):
        total, found = 0, []
    for message in found:
        message.pop("Model")
        message.pop("Template")
    return Response(orjson.dumps({"TotalCount": total, "Messages": found}), media_type="application/json")


async def _fault(faults: Faults) -> Response | None:
    if faults.next("too_many"):
        answer = refusal(429, 429, "Rate limit exceeded.")
        answer.headers["Retry-After"] = str(faults.retry_after)
        return answer
    if faults.next("unavailable"):
        return Response("<html>503</html>", 503, media_type="text/html")
    if faults.next("server_error"):
        return refusal(500, 500, "Internal server error.")
    if faults.next("timeout_before"):
        await asyncio.sleep(faults.timeout_seconds)
        return refusal(500, 500, "Too late.")
    return None


def _problem(
    message: dict[str, Any], faults: Faults, templates: Mapping[str, Any] | None
) -> tuple[int, str] | None:
    recipient = str(message.get("To", ""))
    if faults.every_code:
        return faults.every_code, "This is not possible at present."
    if "@" not in recipient or recipient.strip().endswith("@"):
        return 300, "Invalid 'To' address."
    if "@" not in str(message.get("From", "")):
        return 300, "Invalid 'From' address."
    if recipient in faults.inactive:
        return 406, "You tried to send to a recipient that has been marked as inactive."
    metadata: dict[str, Any] = message.get("Metadata") or {}
    if any(len(name) > 20 or len(str(value)) > 80 for name, value in metadata.items()) or len(metadata) > 10:
        return 300, "Metadata names are at most 20 characters, values 80, and there are at most 10."
    if templates is not None:
        if message.get("TemplateAlias") not in templates:
            return 1101, "The template does not exist."
        if not isinstance(message.get("TemplateModel"), dict):
            return 1109, "The TemplateModel is missing."
    elif not message.get("TextBody") and not message.get("HtmlBody"):
        return 300, "Provide either email TextBody or HtmlBody or both."
    return None
