"""Devices that want to be told when a ticket is there: what a browser needs for that, and what it answers."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from harrystix.adapters.push.services import is_service
from harrystix.adapters.web.access import Member
from harrystix.adapters.web.answers import Answers
from harrystix.adapters.web.parts import Parts, parts
from harrystix.adapters.web.routes import Routes
from harrystix.adapters.web.shapes import Body, Model
from harrystix.application.push_ports import Device
from harrystix.domain.errors import InvalidValue

router = Routes(prefix="/api/me/push", tags=["members"], responses=Answers.WRITE)
Word = Annotated[str, Field(min_length=1, max_length=200, pattern="^[A-Za-z0-9_=-]+$")]


class PushKeys(Body):
    p256dh: Word
    auth: Word


class DeviceIn(Body):
    """As the browser's PushSubscription says it."""

    endpoint: str = Field(max_length=1000)
    keys: PushKeys


class EndpointIn(Body):
    endpoint: str = Field(max_length=1000)


class KnownOut(Model):
    told: bool


class PushOut(Model):
    public_key: str = Field(description="The house's key (VAPID), for pushManager.subscribe.")
    devices: int


@router.get("", response_model=PushOut)
def how_to_be_told(request: Request, who: Member) -> PushOut:
    """Our key, and how many of your devices are told."""
    own = parts(request)
    return PushOut(public_key=_key(own), devices=own.context.push.count(str(who.member_id)))


@router.post("", status_code=204)
def tell_this_device(request: Request, who: Member, device: DeviceIn) -> Response:
    """This device is told when a ticket is there. The same device again is the same one."""
    own = parts(request)
    _key(own)
    if not is_service(device.endpoint, own.settings.push_services):
        raise InvalidValue("This push service is not one that we know.", field="endpoint")
    own.context.push.add(
        str(who.member_id),
        Device(device.endpoint, device.keys.p256dh, device.keys.auth),
        who.session.session_id if who.session else None,
    )
    return Response(status_code=204)


@router.post("/known", response_model=KnownOut)
def is_it_told(request: Request, who: Member, device: EndpointIn) -> KnownOut:
    """Whether this device is one of yours that are told."""
    return KnownOut(told=parts(request).context.push.has(str(who.member_id), device.endpoint))


@router.delete("", status_code=204)
def tell_it_no_more(request: Request, who: Member, device: EndpointIn) -> Response:
    """Quiet where it was not told."""
    parts(request).context.push.remove(str(who.member_id), device.endpoint)
    return Response(status_code=204)


def _key(own: Parts) -> str:
    if not own.push_key:
        raise HTTPException(404, "This house tells no devices.")
    return own.push_key
