"""The drill: a backup, a fresh cluster, everything as it was; and who was erased since stays erased."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from harrystix.adapters.backup.dump import COUNTED, Backup, CannotBackUp, back_up, prune
from harrystix.adapters.backup.restore import CannotRestore, come_back, load
from harrystix.adapters.chain import anchors
from harrystix.adapters.embedded.postgres import Postgres
from harrystix.adapters.follower.rebuild import rebuild
from harrystix.adapters.postgres.api_keys import ApiKeys
from harrystix.adapters.verify.run import verify
from harrystix.application.handlers import approvals
from harrystix.bootstrap import System, build
from harrystix.projections.registry import MODELS
from tests.application.processes.test_erasing import erased, served
from tests.people import PASSWORD, Person
from tests.world import World


def backed_up(here: World) -> Backup:
    return back_up(here.system.settings.database_url, here.folder / "backups", here.context.clock.now())


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a backup holds, row for row."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1, 2",
            (list(COUNTED),),
        ).fetchall()
        query = SQL("SELECT t::text FROM {} t")
        return {
            f"{schema}.{table}": sorted(
                connection.execute(query.format(Identifier(schema, table))).fetchall()
            )
            for schema, table in tables
        }


def system_of(here: World, url: str) -> System:
    system = build(here.system.settings.model_copy(update={"database_url": url}), restoring=True)
    object.__setattr__(system.context, "nudge", here.context.nudge)
    return system


def test_everything_is_there_again_row_for_row_and_the_read_models_too(here: World, empty: str) -> None:
    served(here, 3)
    anchors.write(here.system.database, here.system.settings.chain_path, here.context.clock.now())
    made, before = backed_up(here), rows(here.system.settings.database_url)
    restored = load(made.folder, empty)
    assert rows(empty) == before
    system = system_of(here, empty)
    try:
        found = come_back(restored, empty, system.store, system.context, here.system.settings.chain_path)
        assert (found.erased, found.position) == (0, made.events)
        for url, store in ((empty, system.store), (here.system.settings.database_url, here.system.store)):
            assert rebuild(url, store, list(MODELS.values()), switch=False).clean
        read = anchors.read(here.system.settings.chain_path)
        results = verify(system.store, system.database, payments=system.context.payments, anchors=read)
        assert [line for result in results for line in result.broken] == []
    finally:
        system.close()


def test_who_was_erased_after_the_backup_is_erased_again(here: World, empty: str) -> None:
    (gone, stays), _ = served(here)
    made = backed_up(here)
    erased(here, gone)
    restored = load(made.folder, empty)
    system = system_of(here, empty)
    try:
        assert system.context.members.reveal([gone])[gone].email == "m0@uni.example"
        here.stripe_fault(requests={"error_before": 1000})
        found = come_back(
            restored,
            empty,
            system.store,
            system.context,
            here.system.settings.chain_path,
            ask_mails=False,
            ask_payments=False,
        )
        assert (found.erased, found.pending) == (1, [])
        assert system.context.members.reveal([gone]) == {}
        assert system.context.members.reveal([stays])[stays].email == "m1@uni.example"
        here.stripe_fault(requests={"error_before": 0})
        broken = [line for result in verify(system.store, system.database) for line in result.broken]
        assert broken == []
    finally:
        system.close()


def test_heads_of_the_time_after_the_backup_count_no_more_and_earlier_ones_do(
    here: World, empty: str
) -> None:
    path = here.system.settings.chain_path
    served(here)
    anchors.write(here.system.database, path, here.context.clock.now())
    early = anchors.read(path)
    made = backed_up(here)
    here.event("Another Night")
    here.follow()
    anchors.write(here.system.database, path, here.context.clock.now() + timedelta(hours=2))
    assert len(anchors.read(path)) == 2
    system = system_of(here, empty)
    try:
        come_back(load(made.folder, empty), empty, system.store, system.context, path)
        assert anchors.read(path)[0] == early[0] and len(anchors.read(path)) == 2
        assert verify(system.store, system.database, anchors=anchors.read(path))[-4].broken == []
    finally:
        system.close()


def test_a_restore_starts_a_fresh_cluster_of_its_own(here: World, tmp_path: Path) -> None:
    served(here)
    made, before = backed_up(here), rows(here.system.settings.database_url)
    folder = tmp_path / "fresh"
    environment = {
        **os.environ,
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "HARRYSTIX_DATA_DIR": str(folder),
        "HARRYSTIX_KEYS_FILE": str(here.system.settings.keys_path),
        "HARRYSTIX_ERASURE_LEDGER": str(here.system.settings.ledger_path),
    }
    command = [sys.executable, "-m", "harrystix", "restore", str(made.folder)]
    # Without the ledger whoever was erased since would be back, and nobody would know.
    blind = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert blind.returncode == 2 and "--without-ledger" in blind.stderr
    assert not folder.joinpath("postgres").exists()
    command.append("--without-ledger")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    server = Postgres(folder / "postgres")
    server.start()
    try:
        after = rows(server.url)
        # Counts of read models are made anew; everything else is as it was.
        assert {name: found for name, found in after.items() if found != before[name]} == {}
    finally:
        server.stop()
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 2 and "not empty" in again.stderr


def test_no_master_key_and_no_plain_word_is_in_a_backup(here: World) -> None:
    served(here)
    made = backed_up(here)
    key = here.system.settings.keys_path.read_text().split('"1": "')[1].split('"')[0]
    for path in made.folder.iterdir():
        content = path.read_bytes()
        assert key.encode() not in content and b"m0@uni.example" not in content and b"pw-0" not in content
    assert made.folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["manifest", "dump", "gone"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(here: World, empty: str, damage: str) -> None:
    made = backed_up(here)
    if damage == "manifest":
        (made.folder / "manifest.json").write_text("{")
    elif damage == "dump":
        with (made.folder / "vault.dump").open("ab") as file:
            file.write(b"x")
    else:
        (made.folder / "log.dump").unlink()
    with pytest.raises(CannotRestore):
        load(made.folder, empty)
    assert rows(empty) == {}


def test_a_database_that_is_not_empty_is_refused(here: World) -> None:
    made = backed_up(here)
    with pytest.raises(CannotRestore, match="not empty"):
        load(made.folder, here.system.settings.database_url)


def test_a_backup_that_fails_leaves_no_folder_that_looks_like_one(here: World) -> None:
    url, now = here.system.settings.database_url, here.context.clock.now()
    wrong = url.replace("//postgres:", "//nobody:")
    for where in (wrong, url + "_not_there"):
        with pytest.raises((CannotBackUp, psycopg.OperationalError)):
            back_up(where, here.folder / "backups", now)
    assert not [path for path in (here.folder / "backups").iterdir() if path.name.startswith("harrystix")]
    back_up(url, here.folder / "backups", now)
    with pytest.raises(CannotBackUp, match="already"):
        back_up(url, here.folder / "backups", now)


def test_nobody_who_was_let_in_then_is_let_in_after_a_restore(here: World, empty: str) -> None:
    served(here)
    kim = Person(here, "kim@staff.example", "support")
    now = here.context.clock.now()
    _, token = here.context.people.sessions.open("staff", kim.id, "a browser", now)
    key = here.key("owner")
    by = here.context.by("staff:kim")
    waits = approvals.ask(
        here.context, by, kind="role", subject=kim.id, reason="r", details={"role": "owner"}
    )
    link = here.context.people.links.make("m0@uni.example", now)
    assert here.context.people.sessions.find(token, now)
    restored = load(backed_up(here).folder, empty)
    system = system_of(here, empty)
    try:
        found = come_back(restored, empty, system.store, system.context, here.system.settings.chain_path)
        assert (found.shut_out, found.staff, found.denied) == (2, 1, 1)
        people = system.context.people
        # Since the backup they may have left, or used up a code; and what was asked for may have been denied.
        again = people.staff.check(kim.id, PASSWORD, kim.credentials.recovery_codes[0], now)
        assert again == "" and people.staff.post(kim.id) is None
        assert approvals.get(system.context, waits).state == "denied"
        assert system.database.one("SELECT count(*) FROM app.recovery_codes") == (0,)
        assert people.sessions.find(token, now) is None and people.links.use(link, now) is None
        assert ApiKeys(system.database).holder(key) is None
        # Who they are and what they know is still there.
        assert people.staff.find(kim.email) == kim.id
    finally:
        system.close()


def test_older_backups_go_and_nothing_else_in_the_folder(here: World) -> None:
    folder, now = here.folder / "backups", here.context.clock.now()
    made = backed_up(here)
    (folder / "notes").mkdir()
    old = folder / f"harrystix-{now - timedelta(days=31):%Y%m%dT%H%M%S}Z"
    old.mkdir()
    assert prune(folder, now - timedelta(days=30)) == 1
    assert made.folder.exists() and (folder / "notes").exists() and not old.exists()
