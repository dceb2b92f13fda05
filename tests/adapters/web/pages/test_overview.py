"""The overview over HTTP: its pages, and the picture of how long tickets take."""

import re
from datetime import date

from harrystix.adapters.web.pages.overview import history, waits
from tests.people import Person
from tests.world import World


def test_the_second_page_goes_on_where_the_first_one_ends(online: World) -> None:
    for number in range(52):
        event = online.event(f"N{number} Night")
        online.committed(online.file(event, 1, start=number))
    online.settle()
    kim = Person.at_work(online, "owner")
    first = kim.calls("GET", "/admin").text
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link and "hx-sse:connect" in first
    second = kim.calls("GET", link[1].replace("&amp;", "&")).text
    assert second.count('<th scope="row">') == 2 and "hx-sse:connect" not in second
    shown = set(re.findall(r"/admin/events/([0-9a-f-]{36})", first + second))
    assert len(shown) == 52


def test_the_picture_says_in_words_what_it_shows() -> None:
    assert waits([]) is None
    # 1.1^n milliseconds: about 0.3 s, 1 s, and three minutes.
    found = waits([(60, 6), (73, 3), (127, 1)])
    assert found and found["words"] == "9 of 10 mails left within two minutes; the median took 0.3 s."
    assert len(found["bars"]) == 3 and max(bar["height"] for bar in found["bars"]) == 72
    assert found["bars"][-1]["x"] > found["mark"]


def test_the_history_says_on_how_many_days_the_promise_was_kept() -> None:
    assert history([(date(2026, 11, 17), 900, 4)]) is None
    found = history([(date(2026, 11, 17), 300_000, 2), (date(2026, 11, 24), 900, 4)])
    assert found and found["words"].startswith(
        "The median kept the promise on 1 of the last 2 days with mails"
    )
    late, quick = found["bars"]
    assert late["late"] and not quick["late"] and late["height"] > quick["height"]
    assert late["y"] < found["mark"] < quick["y"]
    assert quick["words"] == "24 November: 0.9 s, 4 mails"


def test_cards_say_what_came_today_and_who_sees_some_events_gets_theirs(online: World) -> None:
    event, other = online.event(), online.event("Other Night")
    online.paid(event, 3)
    online.paid(other, 2, prefix="o")
    online.settle()
    online.committed(online.file(event, 2))
    online.settle()

    def notes(key: str) -> list[str]:
        page = online.call("GET", "/admin", key, headers={"Accept": "text/html"}).text
        return re.findall(r'<span class="note">([^<]+)</span>', page)[:3]

    assert notes(online.key("owner")) == ["5 came today", "2 came today", "2 hold a ticket, 2 given today"]
    own = online.key("admin", events=[str(other.id)])
    assert notes(own) == ["2 came today", "0 came today", "0 hold a ticket, 0 given today"]
    mine = online.call(
        "GET", "/admin", online.key("admin", events=[str(event.id)]), headers={"Accept": "text/html"}
    )
    assert "2 of 2 mails left within two minutes" in mine.text
    online.system.database.execute("UPDATE reporting.overview_daily SET day = day - 1")
    assert notes(online.key("owner"))[0] == "0 came today"
