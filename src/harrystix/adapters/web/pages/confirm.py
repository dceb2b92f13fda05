"""Proving once more who one is, before something dangerous, and back to it."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Anybody, noting
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.origin import place_of, within
from harrystix.adapters.web.pages.forms import fields, go, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import staff
from harrystix.application.handlers.staff import SignInRefused, TooOften

router = Routes(include_in_schema=False)


@router.get("/confirm", response_class=HTMLResponse)
def ask(request: Request, who: Anybody, next: str = "/") -> HTMLResponse:
    """The page that asks for it."""
    return _ask(request, who, next)


@router.post("/confirm", response_class=Response)
async def confirm(request: Request, who: Anybody) -> Response:
    """Password and code; then back."""
    found = await fields(request)
    there = found.get("next", "/")

    def work() -> Response:
        if who.session is None or who.session.kind != "staff":
            return go(within(there))
        try:
            staff.confirm(
                parts(request).context,
                noting(request, who.role),
                who.session,
                password=found.get("password", "")[:200],
                code=found.get("code", "")[:40],
                place=place_of(request),
            )
        except (SignInRefused, TooOften) as refused:
            status = 429 if isinstance(refused, TooOften) else 422
            return _ask(request, who, there, status, errors=said(refused, "password"))
        return go(within(there))

    return await run_in_threadpool(work)


def _ask(
    request: Request, who: Caller, there: str, status: int = 200, errors: list[dict[str, str]] | None = None
) -> HTMLResponse:
    context = parts(request).context
    have = who.session and context.people.passkeys.of(who.session.kind, who.session.subject_id)
    return page(
        request,
        who,
        "confirm.html",
        status,
        errors=errors,
        next=within(there),
        passkey=bool(have),
        provider=context.people.provider is not None,
    )
