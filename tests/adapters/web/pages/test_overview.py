"""The overview over HTTP: its pages, and the picture of how long tickets take."""

import re

from harrystix.adapters.web.pages.overview import waits
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
