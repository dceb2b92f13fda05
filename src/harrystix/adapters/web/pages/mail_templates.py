"""The texts of our mails: read with sample values, and sent to oneself to see them where others do."""

from uuid import uuid4

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.postmark import templates
from harrystix.adapters.web.access import Owner, deed
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import fields, go, key_of
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.mail_ports import TicketMail
from harrystix.domain.errors import NotFound

AN_HOUR = 10
router = Routes(prefix="/admin/house/mails", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_templates(request: Request, who: Owner) -> HTMLResponse:
    """Each with its subject."""
    found = [(alias, templates.read(alias, templates.SAMPLE).subject) for alias in templates.load()]
    return page(request, who, "admin/templates.html", templates=found)


@router.get("/{template}", response_class=HTMLResponse)
def show_template(request: Request, who: Owner, template: str) -> HTMLResponse:
    """With sample values, as its reader would get it."""
    return _show(request, who, template)


@router.post("/{template}/test", response_class=Response)
async def send_test(request: Request, who: Owner, template: str) -> Response:
    """To oneself, with sample values, through the provider."""
    key_of(await fields(request))

    def work() -> Response:
        own = parts(request)
        _known(template)
        me = next(
            (one for one in own.context.people.staff.all() if f"staff:{one.staff_id}" == who.actor), None
        )
        if me is None:
            return _wrong(request, who, template, "A key has no mailbox. Sign in as somebody.")
        if not own.context.people.attempts.allowed("test_mail", who.actor, AN_HOUR, 3600):
            return _wrong(request, who, template, f"{AN_HOUR} test mails an hour are the most.", 429)
        deed(request, who, "test_mail_sent", template)
        intent = str(uuid4())
        mail = TicketMail(intent, str(uuid4()), me.email, dict(templates.SAMPLE), template)
        result = own.context.mailer.send([mail])
        if intent in result.accepted:
            return go(f"/admin/house/mails/{template}?done=sent")
        code = result.refused.get(intent) or result.later.get(intent) or "no answer"
        return _wrong(request, who, template, f"The provider did not take it: {code}.", 502)

    return await run_in_threadpool(work)


def _wrong(request: Request, who: Caller, template: str, text: str, status: int = 409) -> HTMLResponse:
    return _show(request, who, template, status, errors=[{"text": text, "field": ""}])


def _show(
    request: Request,
    who: Caller,
    template: str,
    status: int = 200,
    errors: list[dict[str, str]] | None = None,
) -> HTMLResponse:
    return page(
        request,
        who,
        "admin/template.html",
        status,
        errors=errors,
        alias=template,
        mail=templates.read(_known(template), templates.SAMPLE),
        done=request.query_params.get("done") == "sent",
    )


def _known(template: str) -> str:
    if template not in templates.load():
        raise NotFound(f"There is no template {template}.")
    return template
