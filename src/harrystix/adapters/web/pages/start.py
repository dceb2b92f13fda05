"""Where people come in and go out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from harrystix.adapters.web.access import COOKIE, somebody
from harrystix.adapters.web.assets import STATIC
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.pages.forms import go
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import Role

router = APIRouter(include_in_schema=False)


Somebody = Annotated[Caller | None, Depends(somebody)]


@router.get("/", response_class=RedirectResponse)
def start(_: Request, who: Somebody) -> Response:
    """To where one works, or to sign in."""
    if who is None:
        return go("/sign-in")
    return go("/me" if who.role == Role.MEMBER else "/admin")


@router.get("/sign-in", response_class=FileResponse)
def sign_in_page() -> FileResponse:
    """The page to sign in."""
    return FileResponse(STATIC / "sign-in.html")


@router.post("/sign-out", response_class=RedirectResponse)
def sign_out(request: Request, who: Somebody) -> Response:
    """Ends the session, at once."""
    if who and who.session:
        parts(request).context.people.sessions.close(who.session.subject_id, who.session.session_id)
    answer = go("/sign-in")
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer
