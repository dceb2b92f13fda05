"""RFC 9457 problems, and the one table from refusals to HTTP. No input is ever echoed."""

import re
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import URL
from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.idempotency import InFlight, KeyReused
from harrystix.adapters.vault.keyring import VaultError
from harrystix.adapters.web.headers import secure
from harrystix.adapters.web.pages.render import page
from harrystix.application.csv_file import FileRefused
from harrystix.application.handlers.imports import NotAgreed
from harrystix.application.handlers.staff import SignInRefused, TooOften
from harrystix.application.payment_ports import Later, Refused, Unknown
from harrystix.domain import errors
from harrystix.domain.approval import SamePerson

log = structlog.get_logger()
SIZES = {408: "too_slow", 413: "too_large"}
TYPE = "https://harrystix.example/problems/"
STATUS: dict[type[errors.DomainError], int] = {
    FileRefused: 422,
    errors.NotFound: 404,
    errors.IllegalTransition: 409,
    errors.AlreadyTaken: 409,
    errors.NotFree: 409,
    errors.Conflict: 409,
    errors.OutOfDate: 412,
    errors.PaymentMismatch: 409,
    errors.NotPaid: 409,
    errors.InvalidValue: 422,
    errors.UnknownVariant: 422,
    errors.Busy: 503,
    SignInRefused: 401,
    TooOften: 429,
    SamePerson: 409,
    NotAgreed: 409,
}


def problem(status: int, code: str, title: str, **more: Any) -> JSONResponse:
    body = {"type": TYPE + code.replace("_", "-"), "title": title, "status": status, "code": code, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def wants_page(request: Request) -> bool:
    """Whether somebody at a browser asks, for a page and not for data."""
    path, accepted = request.url.path, request.headers.get("accept", "")
    # A live page that comes again for its stream would take the sign-in page for one.
    piece = "text/event-stream" in accepted or path.startswith(("/api/", "/webhooks/"))
    return "text/html" in accepted and not piece


def told(request: Request, status: int, code: str, title: str, **more: Any) -> Response:
    """As a problem for programs, as a page for people; who has to sign in is led there and back."""
    if not wants_page(request):
        return problem(status, code, title, **more)
    if page_for := {"unauthorized": "/sign-in", "confirm_first": "/confirm"}.get(code):
        asked = request.url if request.method in {"GET", "HEAD"} else URL(request.headers.get("referer", "/"))
        there = page_of(asked.path)
        back = f"{there}?{asked.query}" if asked.query and there == asked.path else there
        return RedirectResponse(f"{page_for}?next={quote(back, safe='')}", 303)
    return page(request, None, "problem.html", status, title=title, request_id=request.state.request_id)


# Where pages are shown in answer to a form, and the page that can be asked for instead.
ANSWERS = (
    (r"/admin/orders/(find|views)(/.*)?|/admin/orders/bulk", "/admin/orders"),
    (r"(/admin/orders/bulk/[^/]+)/run", r"\1"),
    (r"/admin/event", "/admin/event/new"),
    (r"/admin/mails/[^/]+/abort", "/admin/mails"),
    (r"(/admin/events/[^/]+/board)/undo", r"\1"),
)


def page_of(path: str) -> str:
    """Where somebody stands who saw the answer to a form: that address itself may be of something else."""
    for answer, there in ANSWERS:
        if found := re.fullmatch(answer, path):
            return found.expand(there)
    return path


def _above(path: str) -> str:
    """The page on which the form stands that is sent to this address."""
    if page_of(path) != path:
        return page_of(path)
    lists = re.match("(/admin/approvals|/admin/failed|/me)/", path)
    return lists[1] if lists else path.rsplit("/", 1)[0] or "/"


def _methods(app: FastAPI, request: Request) -> set[str]:
    """Of every route with this path: the framework names those of the first one only."""
    paths: dict[str, dict[str, Any]] = app.openapi()["paths"]
    fits = (methods for path, methods in paths.items() if _fits(path, request.url.path))
    return {method.upper() for methods in fits for method in methods} or {"GET", "HEAD"}


def _where(app: FastAPI, place: Sequence[Any]) -> str:
    """By the names of ours; what the client has named is not repeated."""
    known = app.state.names if hasattr(app.state, "names") else _names(app.openapi())
    app.state.names = known
    return ".".join(str(part) if isinstance(part, int) or part in known else "…" for part in place)


def _names(description: Any) -> set[str]:
    """Every name of a field or parameter, and the words for where these stand."""
    found, left = {"body", "query", "path", "header"}, [description]
    while left:
        one: Any = left.pop()
        if isinstance(one, list):
            left += cast("list[Any]", one)
        elif isinstance(one, dict):
            words = cast("dict[str, Any]", one)
            properties: Any = words.get("properties")
            found |= set(cast("dict[str, Any]", properties) if isinstance(properties, dict) else ())
            found |= {words["name"]} if isinstance(words.get("name"), str) else set[str]()
            left += words.values()
    return found


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) is not None


def install(app: FastAPI) -> None:
    @app.exception_handler(errors.DomainError)
    async def _domain(request: Request, error: errors.DomainError) -> Response:
        reason = str(error.facts.get("reason", error.code))
        field = {"field": error.facts["field"]} if "field" in error.facts else {}
        line = {"line": error.facts["line"]} if "line" in error.facts else {}
        answer = told(request, STATUS.get(type(error), 409), reason, error.message, **field, **line)
        if "after" in error.facts:
            answer.headers["Retry-After"] = str(error.facts["after"])
        return answer

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        wrong = [{"where": _where(app, e["loc"]), "what": e["msg"]} for e in error.errors()]
        return told(request, 422, "invalid_request", "The request is not valid.", errors=wrong)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405 and request.method == "GET" and wants_page(request):
            # The way back from signing in or confirming leads to where a form was sent: its page is above.
            return RedirectResponse(_above(request.url.path), 303)
        code = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"} | SIZES
        answer = told(request, error.status_code, code.get(error.status_code, "refused"), str(error.detail))
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["Allow"] = ", ".join(sorted(_methods(app, request)))
        return answer

    @app.exception_handler(KeyReused)
    async def _reused(_: Request, __: KeyReused) -> JSONResponse:
        return problem(422, "idempotency_key_reused", "This Idempotency-Key was used for another request.")

    @app.exception_handler(InFlight)
    async def _in_flight(_: Request, __: InFlight) -> JSONResponse:
        answer = problem(409, "in_flight", "The first request with this Idempotency-Key is still running.")
        answer.headers["Retry-After"] = "1"
        return answer

    @app.exception_handler(Later)
    @app.exception_handler(Unknown)
    async def _away(request: Request, error: Later | Unknown) -> Response:
        title = "The payment provider does not answer now. Try again in a moment."
        answer = told(request, 503, "provider_away", title)
        answer.headers["Retry-After"] = str(max(1, int(getattr(error, "after", 0)) or 5))
        return answer

    @app.exception_handler(Refused)
    async def _declined(request: Request, _: Refused) -> Response:
        return told(request, 409, "provider_refused", "The payment provider refused this.")

    @app.exception_handler(VaultError)
    async def _vault(request: Request, _: VaultError) -> Response:
        log.error("vault.refused")
        title = "The stored secret could not be opened. Nothing was disclosed."
        return told(request, 500, "vault_refused", title)

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> Response:
        log.error("web.failed", path=request.url.path, error=type(error).__name__)
        title = "Something went wrong on our side. Nothing was lost; try again."
        answer = told(request, 500, "internal", title)
        # This answer is made outside of all that is around the application.
        secure(answer.headers, request.state.request_id)
        return answer
