"""A place in the queue given back by the member who paid for it: asked once more, then all of the money goes back."""

from fastapi import HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Member, acting
from harrystix.adapters.web.pages.forms import fields, go, key_of
from harrystix.adapters.web.pages.night import Id, one
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.handlers import money, ordering
from harrystix.domain.errors import IllegalTransition

router = Routes(prefix="/me/orders/{order_id}/give-back", include_in_schema=False)
MEANWHILE = [{"text": "This has changed meanwhile. Below is how it stands now.", "field": ""}]


@router.get("", response_class=HTMLResponse)
def ask(request: Request, who: Member, order_id: Id) -> HTMLResponse:
    """What one gives up and what one gets."""
    _offered(request)
    return one(request, who, order_id, "me/give-back.html")


@router.post("", response_class=Response)
async def give_back(request: Request, who: Member, order_id: Id) -> Response:
    """The place is gone and the money on its way. Again is well."""
    key_of(await fields(request))

    def work() -> Response:
        _offered(request)
        context = parts(request).context
        ordering.own(context, str(who.member_id), order_id)
        try:
            money.give_back(context, acting(request, who), order_id)
        except IllegalTransition:
            return one(request, who, order_id, "me/give-back.html", 409, errors=MEANWHILE)
        return go(f"/me#{order_id}")

    return await run_in_threadpool(work)


def _offered(request: Request) -> None:
    if not parts(request).settings.give_back:
        raise HTTPException(403, "Places are not given back here. Ask us.")
