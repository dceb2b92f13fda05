"""Whatever is done to the log afterwards is found, and its place is named."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import requests

from harrystix.adapters.chain import anchors
from harrystix.adapters.chain.check import Checked, check
from tests.money import announced, ordered
from tests.world import World

NOW = datetime.now(UTC)


@pytest.fixture
def written(here: World) -> World:
    """Some facts in several batches of the follower."""
    for code in ("ONE", "TWO", "THREE"):
        ordered(here, announced(here, code=code), 2)
    assert len(positions(here)) >= 12
    return here


def checked(here: World, path: Path | None = None) -> Checked:
    return check(here.system.settings.database_url, anchors.read(path) if path else [])


def positions(here: World) -> list[int]:
    return [
        row[0]
        for row in here.system.database.all(
            "SELECT notification_id FROM log.stored_events ORDER BY notification_id"
        )
    ]


def change(here: World, words: str, *values: object) -> None:
    with psycopg.connect(here.system.settings.database_url, autocommit=True) as connection:
        connection.execute(words, values)  # type: ignore[arg-type]


def test_an_untouched_log_is_clean(written: World) -> None:
    found = checked(written)
    assert (found.broken, found.events, found.waiting) == ([], len(positions(written)), 0)
    assert found.position == positions(written)[-1]


def test_what_is_not_linked_yet_is_counted_and_no_fault(written: World) -> None:
    from harrystix.application.handlers import events

    before = len(positions(written))
    new = events.NewEvent("Late", "LATE", NOW + timedelta(days=9))
    events.announce(written.context, written.context.by("staff:test"), new)
    found = checked(written)
    assert (found.broken, found.waiting) == ([], len(positions(written)) - before)


def test_a_changed_event_is_named(written: World) -> None:
    position = positions(written)[5]
    words = "UPDATE log.stored_events SET state = state || ' '::bytea WHERE notification_id = %s"
    change(written, words, position)
    assert checked(written).broken == [f"The event at position {position} was changed."]


@pytest.mark.parametrize("column", ["topic = topic || 'x'", "originator_version = originator_version + 99"])
def test_every_part_of_an_event_counts(written: World, column: str) -> None:
    position = positions(written)[7]
    change(written, f"UPDATE log.stored_events SET {column} WHERE notification_id = %s", position)  # noqa: S608
    assert checked(written).broken == [f"The event at position {position} was changed."]


def test_a_removed_event_is_named(written: World) -> None:
    position = positions(written)[3]
    change(written, "DELETE FROM log.stored_events WHERE notification_id = %s", position)
    assert checked(written).broken == [f"The event at position {position} was removed."]


def test_events_that_changed_places_are_named(written: World) -> None:
    one, other = positions(written)[-2:]
    words = "UPDATE log.stored_events SET notification_id = %s WHERE notification_id = %s"
    for pair in ((0, one), (one, other), (other, 0)):
        change(written, words, *pair)
    assert checked(written).broken == [
        f"The event at position {place} was moved from another place." for place in (one, other)
    ]


def test_an_event_put_in_afterwards_is_named(written: World) -> None:
    change(
        written,
        "INSERT INTO log.stored_events (notification_id, originator_id, originator_version, topic, state) "
        "OVERRIDING SYSTEM VALUE SELECT 0, gen_random_uuid(), 1, topic, state FROM log.stored_events LIMIT 1",
    )
    assert checked(written).broken == ["The event at position 0 was put in afterwards."]


def test_a_log_cut_off_at_its_end_is_found_by_the_chain(written: World) -> None:
    last = positions(written)[-1]
    change(written, "DELETE FROM log.stored_events WHERE notification_id = %s", last)
    assert checked(written).broken == [f"The event at position {last} was removed."]


def test_log_and_chain_cut_off_together_are_found_by_the_head_outside(written: World, tmp_path: Path) -> None:
    path, last = tmp_path / "heads", positions(written)[-1]
    assert anchors.write(written.system.database, path, NOW)
    assert checked(written, path).broken == []
    (start,) = written.system.database.one("SELECT max(positions[1]) FROM app.chain") or (0,)
    change(written, "DELETE FROM log.stored_events WHERE notification_id >= %s", start)
    change(written, "DELETE FROM app.chain WHERE last_position >= %s", start)
    assert checked(written).broken == [], "the database alone can't know"
    (line,) = checked(written, path).broken
    assert line.startswith(f"Position {last} was there on ")
    assert "cut off" in line


def test_a_chain_made_anew_over_a_changed_log_is_found_by_the_head_outside(
    written: World, tmp_path: Path
) -> None:
    path = tmp_path / "heads"
    anchors.write(written.system.database, path, NOW)
    words = "UPDATE log.stored_events SET state = state || ' '::bytea WHERE notification_id = %s"
    change(written, words, positions(written)[4])
    change(written, "DELETE FROM app.chain")
    written.follow()
    assert checked(written).broken == [], "the database alone can't know"
    (line,) = checked(written, path).broken
    assert "rewritten" in line


def test_a_changed_chain_is_found(written: World) -> None:
    change(
        written,
        "UPDATE app.chain SET head = sha256(head) WHERE last_position = (SELECT min(last_position) FROM app.chain)",
    )
    broken = checked(written).broken
    assert broken
    assert all(line.startswith("The chain itself was changed at or before position ") for line in broken)


def test_a_head_an_hour_and_only_where_the_log_has_grown(written: World, tmp_path: Path) -> None:
    path, database = tmp_path / "heads", written.system.database
    assert anchors.write(database, path, NOW)
    assert anchors.write(database, path, NOW + timedelta(minutes=30)) is None
    assert anchors.write(database, path, NOW + timedelta(hours=2)) is None, "nothing new"
    ordered(written, announced(written, code="FOUR"))
    assert anchors.write(database, path, NOW + timedelta(hours=2))
    assert [anchor.at for anchor in anchors.read(path)] == [NOW, NOW + timedelta(hours=2)]
    assert checked(written, path).broken == []


def test_a_damaged_file_of_heads_says_where(tmp_path: Path) -> None:
    path = tmp_path / "heads"
    path.write_text("nonsense\n")
    with pytest.raises(anchors.Unreadable, match="line 1"):
        anchors.read(path)


def test_a_head_goes_by_mail_to_who_is_to_keep_it(here: World) -> None:
    here.event()
    here.follow()
    made = anchors.write(here.system.database, here.folder / "heads.jsonl", here.context.clock.now())
    assert made and anchors.mail_head(here.context.mailer, "keeper@else.example", made)
    (mail,) = here.mails()
    assert mail["Recipients"] == ["keeper@else.example"]
    text = requests.get(f"{here.sandbox}message/{mail['MessageID']}", timeout=5).text
    assert made.head.hex() in text and str(made.position) in text
