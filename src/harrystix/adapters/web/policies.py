"""Who may call what, read off the routes themselves: for the documentation and for the tests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from harrystix.adapters.web.routers import PAGES, ROUTERS

PROVIDERS = {"/webhooks/stripe": "Stripe, by signature", "/webhooks/postmark": "Postmark, by password"}
OPEN = {
    "/": "anybody",
    "/sign-in": "anybody",
    "/sw.js": "anybody",
    "/manifest.webmanifest": "anybody",
    "/pictures/{picture}.webp": "everybody",
    "/sign-out": "whoever is signed in",
    "/healthz": "anybody",
    "/readyz": "anybody",
    "/metrics": "loopback, or by token",
    "/api/sign-in/link": "anybody",
    "/api/sign-in/use": "whoever has the link",
    "/api/sign-in/staff": "anybody",
    "/api/sign-in/enrol": "whoever was invited and has the link",
    "/api/sign-in/desk": "whoever has a link from the command line",
    "/api/sign-in/passkey/options": "anybody",
    "/api/sign-in/passkey": "whoever has the passkey",
    "/api/sign-in/provider": "anybody",
    "/api/sign-in/provider/back": "whom the identity provider knows",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """`who`: roles, or where `roles` is false how else they are known; empty where nobody said, which is a fault."""

    method: str
    path: str
    who: str
    summary: str
    roles: bool = False


def policies(routers: Iterable[APIRouter] = (*ROUTERS, *PAGES)) -> list[Policy]:
    """Of the API and of the pages, if nothing else is said."""
    found: list[Policy] = []
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                roles = ", ".join(sorted({role for names in _roles(route.dependant) for role in names}))
                who = roles or PROVIDERS.get(route.path) or OPEN.get(route.path, "")
                text = (route.endpoint.__doc__ or route.name.replace("_", " ")).strip().split("\n")[0]
                found += [
                    Policy(method, route.path, who, text, bool(roles))
                    for method in sorted(route.methods or ())
                ]
    return sorted(found, key=lambda policy: (policy.path, policy.method))


def _roles(dependant: Dependant) -> Iterator[tuple[str, ...]]:
    call: Any = dependant.call
    if hasattr(call, "roles"):
        yield call.roles
    for inner in dependant.dependencies:
        yield from _roles(inner)
