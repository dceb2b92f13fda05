"""Pages of uploads over HTTP: what they say, what they refuse, and that what people write stays text."""

import csv
from typing import Any
from uuid import uuid4

import pytest
import requests

from harrystix.application.handlers import staff
from tests.people import Person
from tests.world import World

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "javascript:alert(1)",
    "'-alert(1)-'",
)


@pytest.fixture
def kim(online: World) -> Person:
    return Person.at_work(online, "owner")


def sent(kim: Person, path: str, **words: Any) -> requests.Response:
    headers = {"Accept": "text/html"}
    return kim.calls("POST", path, data=words, headers=headers, allow_redirects=False)


def test_a_form_without_its_key_is_refused_and_nothing_is_done(online: World, kim: Person) -> None:
    upload = online.received(online.file(online.event(), 1))
    assert sent(kim, f"/admin/uploads/{upload.id}/commit").status_code == 400
    assert online.system.store.get(type(upload), str(upload.id)).state == "received"


@pytest.mark.parametrize("text", CORPUS)
def test_what_stands_in_a_file_is_text_on_every_page(online: World, kim: Person, text: str) -> None:
    event = online.event()
    safe = text.replace('"', '""')
    rows = [
        "Event,Variant,Email,Password",
        f'"{safe}","{safe}","{safe}","{safe}"',
        f'Neon Night,"{safe}",a@b.example,x',
    ]
    upload = online.received("\n".join(rows).encode(), f"{text}.csv")
    online.follow()
    own = f"/admin/uploads/{upload.id}"
    for path in (own, f"{own}/confirm", "/admin/uploads", f"/admin/events/{event.id}"):
        page = kim.calls("GET", path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img src=x" not in page.text and ">49<" not in page.text
    export = kim.calls("GET", f"{own}/rejected.csv").content.decode("utf-8-sig")
    assert not [
        cell for line in export.splitlines() for cell in line.split('","') if cell.startswith(("=", "@", "+"))
    ]


def test_no_password_is_on_any_page_of_an_upload(online: World, kim: Person) -> None:
    upload = online.received(online.file(online.event(), 3))
    for path in ("", "/confirm", "/rejected.csv"):
        assert "pw-" not in kim.calls("GET", f"/admin/uploads/{upload.id}{path}").text


def test_a_correction_that_is_refused_keeps_what_was_written(online: World, kim: Person) -> None:
    online.event()
    upload = online.received(b"Event,Variant,Email,Password\nNeon Nigt,,a@b.example,x\nOther,,b@b.example,x")
    words = {"column": "Event", "written": "Other", "event_id": "", "code": "NOWHERE", "means": ""}
    refused = sent(kim, f"/admin/uploads/{upload.id}/corrections", key=str(uuid4()), **words)
    assert refused.status_code == 422 and "No event has the code NOWHERE." in refused.text
    assert refused.text.count('value="NOWHERE"') == 1


def test_rows_that_cannot_be_added_are_taken_along_as_they_were_read(online: World, kim: Person) -> None:
    event = online.event(variants=("Early",))
    rows = b"Event,Variant,Email,Password\nNeon Night,Erly,a@b.example,pw-1\nNeon Night,Early,none,pw-2\nNeon Night"
    upload = online.received(rows)
    export = kim.calls("GET", f"/admin/uploads/{upload.id}/rejected.csv").content.decode("utf-8-sig")
    head, *found = list(csv.reader(export.splitlines()))
    assert event and head == ["row", "Event", "Variant", "Email", "Password", "column", "reason"]
    by_row = {line[0]: line[1:6] for line in found}
    assert by_row["2"] == ["Neon Night", "Erly", "a@b.example", "••••••", "Variant"]
    assert by_row["3"] == ["Neon Night", "Early", "", "", "Email"]
    assert set(by_row) == {"2", "3", "4"} and "pw-" not in export
    online.follow()
    taken = online.system.database.all(
        "SELECT details->>'kind' FROM reporting.assignment_logs WHERE action = 'Deed.Done'"
    )
    assert taken == [("rejected_rows_taken",)], "addresses of tickets have left the house"


def test_withdrawing_wants_a_reason_and_keeps_what_was_written(online: World, kim: Person) -> None:
    event = online.event()
    upload = online.committed(online.file(event, 2))
    online.follow()
    path, key = f"/admin/uploads/{upload.id}/withdraw", "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"
    refused = sent(kim, path, key=key, reason="call kim@uni.example")
    assert refused.status_code == 422 and "There is a problem" in refused.text
    assert 'value="call kim@uni.example"' in refused.text
    done = sent(kim, path, key=key, reason="wrong night")
    assert (done.status_code, done.headers["Location"]) == (303, f"/admin/uploads/{upload.id}/progress")
    online.settle()
    assert "2 tickets withdrawn" in kim.calls("GET", f"/admin/uploads/{upload.id}/progress").text


def test_pages_say_no_in_words_and_never_in_code(online: World, kim: Person) -> None:
    html = {"Accept": "text/html"}
    there_is_none = kim.calls("GET", "/admin/uploads/00000000-0000-4000-8000-00000000dead", headers=html)
    assert there_is_none.status_code == 404 and there_is_none.headers["Content-Type"].startswith("text/html")
    lee = Person.at_work(online, "auditor")
    refused = lee.calls("GET", "/admin/uploads/new", headers=html)
    assert refused.status_code == 403 and "admin" in refused.text
    gone = requests.get(f"{online.web}/admin/uploads?x=1", headers=html, allow_redirects=False, timeout=5)
    assert (gone.status_code, gone.headers["Location"]) == (303, "/sign-in?next=%2Fadmin%2Fuploads%3Fx%3D1")


def test_the_same_form_with_another_file_is_another_upload(online: World, kim: Person) -> None:
    event, key = online.event(), "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1"
    places = [
        kim.calls(
            "POST",
            "/admin/uploads",
            data={"key": key},
            files={"file": ("a.csv", online.file(event, count))},
            allow_redirects=False,
        ).headers["Location"]
        for count in (1, 1, 2)
    ]
    assert places[0] == places[1] != places[2]


def test_a_file_with_nothing_that_is_understood_is_said_in_a_few_lines(online: World, kim: Person) -> None:
    online.event()
    lines = ["Event,Variant,Email,Password", *(f"Night {n},,a{n}@b.example,x" for n in range(2000))]
    upload = online.received("\n".join(lines).encode())
    page = kim.calls("GET", f"/admin/uploads/{upload.id}")
    assert "The first 50 of 2,000 ways of writing" in page.text and len(page.text) < 200_000


def test_who_may_only_read_is_led_to_the_progress_of_a_file(online: World) -> None:
    upload = online.received(online.file(online.event(), 1))
    online.follow()
    lee = Person.at_work(online, "support")
    answer = lee.calls("GET", f"/admin/uploads/{upload.id}", allow_redirects=False)
    assert answer.headers["Location"] == f"/admin/uploads/{upload.id}/progress"
    assert lee.calls("GET", answer.headers["Location"]).status_code == 200


def test_who_is_there_for_some_events_is_shown_no_name_of_another(online: World) -> None:
    online.event("Secret Night")
    own = online.event("Own Night")
    key = online.key("admin", events=[str(own.id)])
    rows = b"Event,Variant,Email,Password\nSecret Nigth,,a@b.example,x"
    headers = {"Content-Type": "text/csv"}
    report = online.call("POST", "/api/admin/tickets/upload", key, data=rows, headers=headers)
    assert report.json()["malformed"] == 1 and "Secret Night" not in report.text


def test_an_event_admin_is_listed_files_that_they_may_open_and_no_others(online: World) -> None:
    own, other = online.event(), online.event("Other Night")
    both = online.file(own, 1) + b"\n" + online.file(other, 1, start=7).split(b"\n", 1)[1]
    mixed, mine = online.committed(both), online.committed(online.file(own, 1, start=20))
    online.settle()
    lee = Person(online, "lee@staff.example", "admin")
    staff.give_event(online.context, online.context.by("system:test"), lee.id, str(own.id))
    lee.signs_in()
    for path in ("/admin/uploads", "/api/admin/uploads", f"/admin/events/{own.id}"):
        page = lee.calls("GET", path).text
        assert str(mine.id) in page and str(mixed.id) not in page, path


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ({"url": "/admin/uploads?x=%00"}, 400, "NUL"),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403, "another site"),
        ({"data": b"x" * (6 * 1024 * 1024)}, 413, "smaller than 5 MB"),
    ],
)
def test_what_is_refused_at_the_door_is_refused_with_a_page(
    online: World, kim: Person, words: dict[str, Any], status: int, said: str
) -> None:
    path = words.pop("url", "/admin/uploads")
    headers = {"Accept": "text/html", **words.pop("headers", {})}
    answer = kim.calls("POST", path, headers=headers, **words)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert said in answer.text and "Content-Security-Policy" in answer.headers


def test_an_unexpected_fault_is_a_page_with_all_the_headers(online: World, kim: Person) -> None:
    online.system.database.execute("DROP TABLE reporting.uploads CASCADE")
    answer = kim.calls("GET", "/admin/uploads", headers={"Accept": "text/html"})
    assert answer.status_code == 500 and "Nothing was lost" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Request-Id"] in answer.text


def test_an_event_that_is_not_among_the_next_is_named_by_its_code(online: World) -> None:
    kim = Person.at_work(online, "owner")
    event = online.event()
    online.follow()
    upload = online.received(b"Event,Variant,Email,Password\nNeom Nacht,,a@tickets.example,pw\n", "a.csv")
    path = f"/admin/uploads/{upload.id}/corrections"
    words = {
        "key": "5f1d2c36-0f65-4a09-8c39-2f4f6f5bb3a1",
        "column": "Event",
        "written": "Neom Nacht",
        "means": "",
    }

    def sent(**more: str) -> requests.Response:
        html = {"Accept": "text/html"}
        return kim.calls("POST", path, data={**words, **more}, headers=html, allow_redirects=False)

    wrong = sent(code="GHOST")
    assert wrong.status_code == 422 and "No event has the code GHOST." in wrong.text
    assert "Choose what it means." in sent().text
    assert sent(code=event.code.lower()).status_code == 303
    assert "Go on with 1 ticket" in kim.calls("GET", f"/admin/uploads/{upload.id}").text
