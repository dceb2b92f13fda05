"""The owner's pages about keys for programs: which there are, a new one, the end of one."""

from dataclasses import replace
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from harrystix.adapters.web.access import Owner, deed, prove_again, write
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.new_keys import NewKey, make
from harrystix.adapters.web.pages.choosing import known_by
from harrystix.adapters.web.pages.forms import go, key_of, lists, said
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import SCOPES
from harrystix.adapters.web.routes import Routes
from harrystix.domain.errors import DomainError, InvalidValue, NotFound
from harrystix.projections.catalogue import queries as catalogue

CHOICES = 100
ROLES = ("partner", "admin", "support", "auditor", "owner")
router = Routes(prefix="/admin/house/api-keys", include_in_schema=False)


@router.get("", response_class=HTMLResponse)
def list_keys(request: Request, who: Owner) -> HTMLResponse:
    """All but members' own, without their secrets, which nobody has."""
    prove_again(request, who)
    return _list(request, who)


@router.post("", response_class=Response)
async def create_key(request: Request, who: Owner) -> Response:
    """Shown once; good once a second owner has agreed."""
    found, many = await lists(request, ("scopes", "events"))
    key = key_of(found)

    def work() -> Response:
        codes = found.get("codes", "").split()
        wish = NewKey(
            found.get("role", ""),
            found.get("label", "").strip(),
            found.get("reason", ""),
            [scope for scope in many["scopes"] if scope in SCOPES],
            many["events"] or None,
            replaces=found.get("replaces") or None,
        )
        try:
            if wish.role not in ROLES:
                raise InvalidValue("Choose a role.", field="role")
            if not wish.label or not wish.reason.strip():
                raise InvalidValue("Say whose key it is, and why.", field="label")
            if codes:
                others = [known_by(parts(request).database, code, "codes") for code in codes[:CHOICES]]
                wish = replace(wish, events=list(dict.fromkeys([*(wish.events or []), *others])))
            _, made, _ = make(write(request, who, key), wish)
        except DomainError as refused:
            wrong = said(refused, "label")
            return _list(request, who, 422, errors=wrong, wish=wish, typed=found)
        return _list(request, who, 201, made=made)

    return await run_in_threadpool(work)


@router.post("/{key_id}/revoke", response_class=Response)
async def revoke_key(request: Request, who: Owner, key_id: str) -> Response:
    """At once, everywhere, alone."""
    found, _ = await lists(request, ())
    key_of(found)

    def work() -> Response:
        if not parts(request).keys.revoke(key_id):
            raise NotFound(f"There is no live key {key_id}.")
        deed(request, who, "key_revoked", key_id)
        return go("/admin/house/api-keys?done=revoked")

    return await run_in_threadpool(work)


def _list(
    request: Request,
    who: Caller,
    status: int = 200,
    *,
    wish: NewKey | None = None,
    made: str = "",
    typed: dict[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    own = parts(request)
    rows = own.keys.all()
    since = catalogue.lately(own.context.clock.now())
    return page(
        request,
        who,
        "admin/api-keys.html",
        status,
        rows=rows,
        roles=ROLES,
        scopes=list(SCOPES),
        choices=catalogue.page(own.database, CHOICES, since, variants=False),
        partners=[row for row in rows if row.role == "partner"],
        wish=wish or NewKey("partner", "", ""),
        made=made,
        typed=typed or {},
        done=request.query_params.get("done") == "revoked",
        **more,
    )
