"""A member's card and bank: to the provider's pages and back. No card data comes here."""

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Member, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of, said
from harrystix.adapters.web.pages.night import Id, one
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import ordering
from harrystix.domain.errors import DomainError

router = Routes(prefix="/me/orders", include_in_schema=False)


@router.get("/{order_id}/card", response_class=HTMLResponse)
def ask_card(request: Request, who: Member, order_id: Id) -> HTMLResponse:
    """What a card is for, and the way to the page where it is entered."""
    return one(request, who, order_id, "me/card.html")


@router.post("/{order_id}/card", response_class=Response)
async def save_card(request: Request, who: Member, order_id: Id) -> Response:
    """To the provider's page. No card data comes here."""
    key = key_of(await fields(request))

    def work() -> Response:
        context = parts(request).context
        command = write(request, who, key)
        order = ordering.own(context, str(who.member_id), order_id)
        there = f"{context.address}/me#{order_id}"
        try:
            visit = ordering.start_card(context, command.by, order, there, there)
        except DomainError as refused:
            return one(request, who, order_id, "me/card.html", 409, errors=said(refused))
        return _leave(request, who, visit.url)

    return await run_in_threadpool(work)


@router.post("/{order_id}/authenticate", response_class=Response)
async def confirm_at_the_bank(request: Request, who: Member, order_id: Id) -> Response:
    """To the bank's page, for a payment that it wants to be confirmed."""
    key = key_of(await fields(request))

    def work() -> Response:
        context = parts(request).context
        command = write(request, who, key)
        order = ordering.own(context, str(who.member_id), order_id)
        url = ordering.authenticate(context, command.by, order, f"{context.address}/me#{order_id}")
        return _leave(request, who, url) if url else go(f"/me#{order_id}")

    return await run_in_threadpool(work)


def _leave(request: Request, who: Caller, url: str) -> HTMLResponse:
    """A form may send nobody to another house, so this page does; without scripts, and by a link at the worst."""
    answer = page(request, who, "me/leave.html", url=url)
    answer.headers["Refresh"] = f"0; url={url}"
    return answer
