"""A new master key under load, killed half-way, and what the old one is good for afterwards: nothing."""

import threading
from pathlib import Path

import psycopg
import pytest

from harrystix.adapters.vault import key_file
from harrystix.adapters.vault.key_file import LiveKeys
from harrystix.adapters.vault.keyring import Keyring
from harrystix.adapters.vault.members import Members
from harrystix.adapters.vault.rotation import begin, go_on, inventory
from harrystix.application.ports import Member
from tests.world import World


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_file, "RELOAD", 0.05)


def path_of(here: World) -> Path:
    return here.system.settings.keys_path


def people(here: World, count: int, start: int = 0) -> list[str]:
    return here.context.members.find_or_add(
        [Member(f"m{n}@uni.example", f"M {n}") for n in range(start, start + count)]
    )


def rows(here: World) -> dict[int, int]:
    return {v.version: v.rows for v in inventory(here.system.database, Keyring.load(path_of(here))) if v.rows}


def test_everything_opens_under_the_new_key_and_the_old_one_is_out_of_the_file(here: World) -> None:
    ids = people(here, 1200)
    here.committed(here.file(here.event(), 30))
    assert rows(here) == {1: 1230}
    assert begin(path_of(here)) == 2
    aside = go_on(here.system.database, path_of(here))
    assert rows(here) == {2: 1230}
    assert set(Keyring.load(path_of(here)).master) == {2}
    assert aside is not None
    assert set(Keyring.load(aside).master) == {1}, "backups made before still need it"
    assert here.context.members.reveal(ids)[ids[7]].name == "M 7"
    here.settle()
    assert here.broken() == []


def test_the_files_are_for_their_owner_only(here: World) -> None:
    begin(path_of(here))
    aside = go_on(here.system.database, path_of(here))
    assert aside is not None
    assert {path.stat().st_mode & 0o077 for path in (aside, path_of(here))} == {0}


def test_what_is_sealed_under_a_retired_key_is_refused_by_the_database(here: World) -> None:
    asleep = Members(here.system.database, Keyring.load(path_of(here)))
    begin(path_of(here))
    go_on(here.system.database, path_of(here))
    with pytest.raises(psycopg.errors.CheckViolation):
        asleep.find_or_add([Member("late@uni.example", "Late")])
    assert people(here, 1), "who follows the file goes on"


def test_a_process_that_does_not_know_the_new_key_yet_learns_it_when_it_meets_it(here: World) -> None:
    (member,) = people(here, 1)
    running = LiveKeys(path_of(here))
    begin(path_of(here))
    go_on(here.system.database, path_of(here))
    assert Members(here.system.database, running).reveal([member])[member].name == "M 0"


@pytest.mark.parametrize("after", [0, 500, 1000])
def test_stopped_half_way_it_goes_on_where_it_was(here: World, after: int) -> None:
    ids = people(here, 1300)
    begin(path_of(here))
    done: list[int] = []
    assert go_on(here.system.database, path_of(here), done.append, lambda: sum(done[-1:]) >= after) is None
    assert set(Keyring.load(path_of(here)).master) == {1, 2}, "both open until it is finished"
    assert len(here.context.members.reveal(ids)) == 1300
    assert begin(path_of(here)) == 2, "the one that was begun is gone on with"
    assert go_on(here.system.database, path_of(here))
    assert rows(here) == {2: 1300}


def test_under_load_nothing_is_lost_and_nothing_is_left_under_the_old_key(here: World) -> None:
    people(here, 2000)
    stopping, made = threading.Event(), [2000]

    def busy() -> None:
        while not stopping.is_set():
            people(here, 50, made[0])
            made[0] += 50

    writer = threading.Thread(target=busy)
    writer.start()
    begin(path_of(here))
    aside = None
    while aside is None:
        aside = go_on(here.system.database, path_of(here))
    time_after = made[0]
    while made[0] < time_after + 200:
        assert writer.is_alive()
    stopping.set()
    writer.join()
    ids = people(here, made[0])
    assert len(set(ids)) == made[0]
    assert len(here.context.members.reveal(ids)) == made[0]
    assert set(rows(here)) == {2}


def test_a_row_that_was_tampered_with_stays_under_its_key_and_all_others_are_wrapped_anew(
    here: World,
) -> None:
    one, other = people(here, 2)
    here.system.database.execute(
        "UPDATE vault.members m SET wrapped_key = o.wrapped_key FROM vault.members o "
        "WHERE o.member_id = %s AND m.member_id = %s",
        (other, one),
    )
    begin(path_of(here))
    for _ in range(2):
        assert go_on(here.system.database, path_of(here)) is None, "a finding, and no end"
    versions = here.system.database.all(
        "SELECT vault.version_of(wrapped_key), count(*) FROM vault.members GROUP BY 1 ORDER BY 1"
    )
    assert versions == [(1, 1), (2, 1)]
    assert set(Keyring.load(path_of(here)).master) == {1, 2}
    assert here.context.members.reveal([other])[other].name == "M 1"


def test_a_key_file_is_changed_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    Keyring.create(path)
    stopping = threading.Event()

    def read() -> None:
        while not stopping.is_set():
            Keyring.load(path)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        key_file.add_version(path)
    stopping.set()
    reader.join()
    assert Keyring.load(path).current == 51


def test_keys_from_the_environment_need_no_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = Keyring.create(path)
    text = path.read_text()
    path.unlink()
    keys = LiveKeys(path, text)
    assert keys.open(*ring.seal(b"secret", "p"), "p") == b"secret"
