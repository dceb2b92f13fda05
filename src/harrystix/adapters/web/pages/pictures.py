"""Pictures of events: shown to everybody, changed by who sees to the event."""

from typing import Annotated

from fastapi import Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from harrystix.adapters.web.access import Admin, acting
from harrystix.adapters.web.pages.event_form import settings_of
from harrystix.adapters.web.pages.forms import go, key_of, said
from harrystix.adapters.web.parts import parts
from harrystix.adapters.web.routes import Routes
from harrystix.application.csv_file import MAX_BYTES
from harrystix.application.handlers import events
from harrystix.domain.errors import DomainError, InvalidValue

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
router = Routes(include_in_schema=False)


@router.get("/pictures/{picture}.webp", response_class=Response)
def show(request: Request, picture: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> Response:
    """By what is in it: it never changes."""
    found = parts(request).context.pictures.find(picture)
    if found is None:
        raise HTTPException(404, "There is no such picture.")
    return Response(found, 200, FOREVER, "image/webp")


@router.post("/admin/event/{event_id}/picture", response_class=Response)
async def change(request: Request, who: Admin, event_id: str) -> Response:
    """Another one, or none."""
    async with request.form(max_files=1, max_fields=5) as form:
        found = {name: value for name, value in form.items() if isinstance(value, str)}
        sent = form.get("picture")
        data = await sent.read(MAX_BYTES + 1) if isinstance(sent, UploadFile) else b""
    key = key_of(found)

    def work() -> Response:
        try:
            if len(data) > MAX_BYTES:
                raise InvalidValue("The selected file must be smaller than 5 MB.", field="picture")
            by = acting(request, who, f"POST /admin/event/{event_id}/picture/{key}")
            events.change_picture(
                parts(request).context, by, event_id, None if found.get("none") == "yes" else data
            )
        except DomainError as refused:
            return settings_of(request, who, event_id, 422, errors=said(refused, "picture"))
        return go(f"/admin/event/{event_id}/settings#picture-title")

    return await run_in_threadpool(work)
