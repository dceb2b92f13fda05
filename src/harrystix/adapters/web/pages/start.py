"""Where people come in and go out."""

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse

from harrystix.adapters.web.access import COOKIE, somebody
from harrystix.adapters.web.assets import STATIC, static
from harrystix.adapters.web.callers import Caller
from harrystix.adapters.web.origin import within
from harrystix.adapters.web.pages.forms import go
from harrystix.adapters.web.pages.render import page
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.roles import Role
from harrystix.adapters.web.routes import Routes

router = Routes(include_in_schema=False)


Somebody = Annotated[Caller | None, Depends(somebody)]


@router.get("/", response_class=RedirectResponse)
def start(_: Request, who: Somebody) -> Response:
    """To where one works, or to sign in."""
    if who is None:
        return go("/sign-in")
    return go("/me" if who.role == Role.MEMBER else "/admin")


@router.get("/sign-in", response_class=HTMLResponse)
def sign_in_page(request: Request, next: str = "/") -> HTMLResponse:
    """The page to sign in."""
    provider = parts(request).context.people.provider is not None
    return page(request, None, "sign-in.html", next=within(next), provider=provider)


@router.get("/sw.js", response_class=FileResponse)
def service_worker() -> FileResponse:
    """At the root, since it may only speak for what lies below it."""
    return FileResponse(STATIC / "worker/sw.js", headers={"Cache-Control": "no-cache"})


@router.get("/manifest.webmanifest", response_class=JSONResponse)
def manifest() -> JSONResponse:
    """By which a phone puts us among its apps."""
    icons = [
        {
            "src": static(f"icons/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    return JSONResponse(
        {
            "name": "Harry\u2019s Tix",
            "short_name": "Tix",
            "id": "/me",
            "start_url": "/me",
            "scope": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#4c1d95",
            "icons": icons,
        },
        media_type="application/manifest+json",
        headers={"Cache-Control": "no-cache"},
    )


@router.post("/sign-out", response_class=RedirectResponse)
def sign_out(request: Request, who: Somebody) -> Response:
    """Ends the session, at once."""
    if who and who.session:
        parts(request).context.people.sessions.close(who.session.subject_id, who.session.session_id)
    answer = go("/sign-in")
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer
