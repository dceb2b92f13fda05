"""The description of the API: what FastAPI reads off the routes, and how a caller is known."""

from typing import Any

from fastapi import FastAPI

from harrystix.adapters.web.access import COOKIE
from harrystix.adapters.web.policies import policies
from harrystix.adapters.web.routers import ROUTERS

SCHEMES = {
    "key": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}


class Described(FastAPI):
    """As dependencies, which is FastAPI's way to say who may, they would be solved for each request."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            found = super().openapi()
            found.setdefault("components", {})["securitySchemes"] = SCHEMES
            for policy in policies(ROUTERS):
                operation = found["paths"].get(policy.path, {}).get(policy.method.lower())
                if operation and policy.roles:
                    operation["security"] = [{name: []} for name in SCHEMES]
        return super().openapi()
