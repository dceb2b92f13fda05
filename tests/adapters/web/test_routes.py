"""Routers that look at how an address begins find the same routes as those that try them all."""

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from harrystix.adapters.web.routers import PAGES, ROUTERS
from harrystix.adapters.web.routes import Routes

ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


def asked(path: str, method: str = "GET") -> Scope:
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


def test_every_router_of_the_house_looks_first() -> None:
    assert all(isinstance(router, Routes) for router in (*ROUTERS, *PAGES))


def test_no_router_turns_away_an_address_that_one_of_its_routes_takes() -> None:
    tried = 0
    for router in (*ROUTERS, *PAGES):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            path = route.path_format.format(**dict.fromkeys(route.param_convertors, ID))
            assert path.startswith(router.beginnings), path
            tried += 1
    assert tried > 150


def test_an_address_of_another_beginning_is_turned_away_at_once() -> None:
    router = Routes(prefix="/there")

    @router.get("/{name}")
    def there(name: str) -> str:
        return name

    assert router.beginnings == ("/there/",)
    assert router.matches(asked("/elsewhere"))[0] is Match.NONE
    assert APIRouter.matches(router, asked("/elsewhere"))[0] is Match.NONE
