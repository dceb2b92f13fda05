"""Who asks, and what they may: API keys and roles for now; sign-in comes later. Deny by default."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from harrystix.adapters.postgres.idempotency import Answer
from harrystix.adapters.web.parts import Parts, parts
from harrystix.domain.values import By

ADMIN, SUPPORT, MEMBER = "admin", "support", "member"


@dataclass(frozen=True, slots=True)
class Caller:
    actor: str
    role: str
    member_id: str | None


def caller(request: Request, authorization: Annotated[str | None, Header()] = None) -> Caller:
    """Raises 401 for a missing or wrong key."""
    scheme, _, key = (authorization or "").partition(" ")
    holder = parts(request).keys.holder(key.strip()) if scheme.lower() == "bearer" else None
    if holder is None:
        raise HTTPException(
            401, "Send an API key: Authorization: Bearer htx_…", {"WWW-Authenticate": "Bearer"}
        )
    kind = f"member:{holder.member_id}" if holder.member_id else f"staff:{holder.key_id}"
    return Caller(kind, holder.role, holder.member_id)


def allow(*roles: str) -> Callable[..., Caller]:
    """The route's policy: these roles, nobody else."""

    def check(who: Annotated[Caller, Depends(caller)]) -> Caller:
        if who.role not in roles:
            raise HTTPException(403, f"This needs the role {' or '.join(roles)}.")
        return who

    check.roles = roles  # type: ignore[attr-defined]
    return check


Admin = Annotated[Caller, Depends(allow(ADMIN))]
Staff = Annotated[Caller, Depends(allow(ADMIN, SUPPORT))]
Support = Annotated[Caller, Depends(allow(SUPPORT))]
Member = Annotated[Caller, Depends(allow(MEMBER))]


@dataclass(frozen=True, slots=True)
class Write:
    """A write request: its Idempotency-Key makes its command recognisable, and its answer repeatable."""

    who: Caller
    key: str
    route: str
    parts: Parts

    @property
    def by(self) -> By:
        return self.parts.context.by(self.who.actor, f"{self.route}/{self.key}")

    def once(self, content: bytes, work: Callable[[], Response]) -> Response:
        """The stored answer of the first request with this key, or `work`'s."""
        actor, store = self.who.actor, self.parts.idempotency
        digest = sha256(self.route.encode() + b"\0" + content).digest()
        known = store.begin(actor, self.key, digest)
        if known:
            headers = {"Idempotency-Replayed": "true"}
            return Response(known.body, known.status, headers, media_type="application/json")
        try:
            answer = work()
        except BaseException:
            store.forget(actor, self.key)
            raise
        store.finish(actor, self.key, Answer(answer.status_code, bytes(answer.body)))
        return answer


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Any unique text: the same key gives the same answer, with effects once.",
    ),
]


def write(request: Request, who: Caller, key: str | None) -> Write:
    """Raises 400 without a key."""
    if not key:
        raise HTTPException(400, "Send an Idempotency-Key header with this request.")
    return Write(who, key, f"{request.method} {request.url.path}", parts(request))
