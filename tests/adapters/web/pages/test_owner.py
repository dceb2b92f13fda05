"""The owner's pages over HTTP."""

from harrystix.adapters.postgres.retention import RETENTION
from harrystix.adapters.web.pages.render import lasting
from tests.people import Person
from tests.world import World


def test_every_timer_is_listed_with_its_time_and_what_is_there(online: World) -> None:
    text = Person.at_work(online, "owner").calls("GET", "/admin/house/retention").text
    assert text.count('<th scope="row">') == len(RETENTION) >= 10
    assert "24 hours" in text or "1 day" in text
    assert (lasting(86_400_000), lasting(3_600_000), lasting(90_000_000)) == ("1 day", "1 hour", "25 hours")


def test_the_keys_are_listed_and_nobody_else_sees_them(online: World) -> None:
    online.paid(online.event(), 2)
    text = Person.at_work(online, "owner").calls("GET", "/admin/house/keys").text
    assert "in use" in text and ">1</th>" in text
    assert Person.at_work(online, "admin").calls("GET", "/admin/house/keys").status_code == 403
